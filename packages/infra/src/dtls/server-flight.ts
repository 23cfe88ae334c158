import { joinBytes } from '@p2pd/netif'
import { encodeNumber } from './byte-reader.ts'
import { type ClientHello, ExtensionType, SECP256R1 } from './client-hello.ts'
import { DTLS_1_2 } from './dtls-record.ts'
import type { DtlsCrypto } from './dtls-crypto.ts'
import { type HandshakeMessage, HandshakeType } from './handshake-message.ts'

/** A HelloVerifyRequest names DTLS 1.0, whatever version follows. RFC 6347 §4.2.1. */
const DTLS_1_0 = 0xfeff

/** ECCurveType of ServerECDHParams. RFC 8422 §5.4. */
const NAMED_CURVE = 3

/** A vector with its length in so many bytes before it. RFC 5246 §4.3. */
function vector(lengthBytes: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = joinBytes(...parts)
  return joinBytes(encodeNumber(content.length, lengthBytes), content)
}

/** Asks a client to show that it receives at its address. RFC 6347 §4.2.1. */
export function helloVerifyRequest(cookie: Uint8Array): HandshakeMessage {
  const body = joinBytes(encodeNumber(DTLS_1_0, 2), vector(1, cookie))
  return { type: HandshakeType.HelloVerifyRequest, sequence: 0, body }
}

/** The values that a server draws for one handshake. */
export interface ServerShare {
  readonly random: Uint8Array
  /** Its point on secp256r1, uncompressed. */
  readonly publicKey: Uint8Array
}

/** The bodies of a server's messages from ServerHello to ServerHelloDone, in order, numbered from `first`. RFC 5246 §7.3. */
export function serverFlight(
  hello: ClientHello,
  share: ServerShare,
  credentials: DtlsCrypto['credentials'],
  first: number,
): HandshakeMessage[] {
  const { suite, certificates, signatureScheme } = credentials
  const point = joinBytes(
    encodeNumber(NAMED_CURVE, 1),
    encodeNumber(SECP256R1, 2),
    vector(1, share.publicKey),
  )
  const signature = credentials.sign(joinBytes(hello.random, share.random, point))
  const chain = certificates.map((certificate) => vector(3, certificate))
  const bodies: [number, Uint8Array][] = [
    [HandshakeType.ServerHello, serverHello(hello, share.random, suite)],
    [HandshakeType.Certificate, vector(3, ...chain)],
    [
      HandshakeType.ServerKeyExchange,
      joinBytes(point, encodeNumber(signatureScheme, 2), vector(2, signature)),
    ],
    [HandshakeType.ServerHelloDone, new Uint8Array()],
  ]
  return bodies.map(([type, body], i) => ({ type, sequence: first + i, body }))
}

function serverHello(hello: ClientHello, random: Uint8Array, suite: number): Uint8Array {
  const extension = (type: number, value: readonly number[]) =>
    joinBytes(encodeNumber(type, 2), vector(2, Uint8Array.from(value)))
  const extensions = [
    extension(ExtensionType.ExtendedMasterSecret, []),
    extension(ExtensionType.PointFormats, [1, 0]), // Uncompressed alone.
    ...(hello.hasRenegotiationInfo ? [extension(ExtensionType.RenegotiationInfo, [0])] : []),
  ]
  const noSession = vector(1)
  const noCompression = encodeNumber(0, 1)
  return joinBytes(
    encodeNumber(DTLS_1_2, 2),
    random,
    noSession,
    encodeNumber(suite, 2),
    noCompression,
    vector(2, ...extensions),
  )
}
