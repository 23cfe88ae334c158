import { ByteReader, decodeNumbers } from './byte-reader.ts'
import { DTLS_1_2 } from './dtls-record.ts'

/** Extensions that this server reads or writes. IANA: TLS ExtensionType Values. */
export const ExtensionType = {
  SupportedGroups: 10,
  PointFormats: 11,
  SignatureAlgorithms: 13,
  ExtendedMasterSecret: 23,
  RenegotiationInfo: 0xff01,
} as const

/** A client without the extension says so by this cipher suite. RFC 5746 §3.3. */
const RENEGOTIATION_INFO_SCSV = 0x00ff

/** RFC 8422 §5.1.1. */
export const SECP256R1 = 23

/** The fields of a ClientHello that this server uses. RFC 5246 §7.4.1.2, RFC 6347 §4.2.1. */
export interface ClientHello {
  readonly version: number
  readonly random: Uint8Array
  readonly cookie: Uint8Array
  readonly suites: readonly number[]
  readonly groups: readonly number[]
  readonly signatureSchemes: readonly number[]
  readonly hasExtendedMasterSecret: boolean
  /** Whether the client knows RFC 5746, by extension or by suite. */
  readonly hasRenegotiationInfo: boolean
}

/** The body of a ClientHello; undefined when it is malformed. */
export function decodeClientHello(body: Uint8Array): ClientHello | undefined {
  const reader = new ByteReader(body)
  const version = reader.number(2)
  const random = reader.take(32)
  reader.vector(1) // The session id: this server resumes none.
  const cookie = reader.vector(1)
  const suites = decodeNumbers(reader.vector(2))
  const compressions = reader.vector(1)
  const extensions = reader.isAtEnd ? new Map<number, Uint8Array>() : decodeExtensions(reader.vector(2))
  if (!reader.isSound || extensions === undefined || !compressions.includes(0)) return undefined
  const numbers = (type: number) =>
    decodeNumbers(new ByteReader(extensions.get(type) ?? new Uint8Array()).vector(2))
  return {
    version,
    random,
    cookie,
    suites,
    groups: numbers(ExtensionType.SupportedGroups),
    signatureSchemes: numbers(ExtensionType.SignatureAlgorithms),
    hasExtendedMasterSecret: extensions.has(ExtensionType.ExtendedMasterSecret),
    hasRenegotiationInfo:
      extensions.has(ExtensionType.RenegotiationInfo) || suites.includes(RENEGOTIATION_INFO_SCSV),
  }
}

/** Whether this server can talk to the client. Version numbers of DTLS fall: 1.3 is below 1.2. RFC 6347 §4.1. */
export function isSupported(hello: ClientHello, suite: number, signatureScheme: number): boolean {
  return (
    hello.version <= DTLS_1_2 &&
    hello.version >> 8 === DTLS_1_2 >> 8 &&
    hello.suites.includes(suite) &&
    hello.groups.includes(SECP256R1) &&
    hello.signatureSchemes.includes(signatureScheme) &&
    hello.hasExtendedMasterSecret
  )
}

function decodeExtensions(content: Uint8Array): Map<number, Uint8Array> | undefined {
  const extensions = new Map<number, Uint8Array>()
  const reader = new ByteReader(content)
  while (!reader.isAtEnd) {
    const type = reader.number(2)
    const value = reader.vector(2)
    if (!reader.isSound) return undefined
    extensions.set(type, value)
  }
  return extensions
}
