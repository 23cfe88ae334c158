import { isIPv4 } from 'node:net'

/** The destination that a client of a SOCKS proxy asks for. */
export interface SocksDestination {
  /** A name, or an IP address without brackets. */
  readonly host: string
  readonly port: number
}

/** The answer to a request. RFC 1928 §6. */
export const SocksReply = {
  Succeeded: 0,
  GeneralFailure: 1,
  NotAllowed: 2,
  HostUnreachable: 4,
  CommandNotSupported: 7,
  AddressTypeNotSupported: 8,
} as const

export type SocksReplyCode = (typeof SocksReply)[keyof typeof SocksReply]

/** A part of the handshake: so many bytes of it were read. `undefined` stands for one that is not complete. */
export type SocksPart<Value> = { readonly value: Value; readonly length: number } | undefined

/** A request, or the reply that refuses it. */
export type SocksRequest = SocksDestination | { readonly refusal: SocksReplyCode }

const VERSION = 5
const NO_AUTHENTICATION = 0
const NO_ACCEPTABLE_METHOD = 0xff
const CONNECT = 1
const AddressType = { IPv4: 1, DomainName: 3, IPv6: 4 } as const

/** Decodes the greeting of a client: whether it takes a connection without a password. RFC 1928 §3. */
export function decodeSocksGreeting(bytes: Uint8Array): SocksPart<boolean> {
  const [version, count = 0] = bytes
  if (version !== undefined && version !== VERSION) return { value: false, length: bytes.length }
  if (bytes.length < 2 || bytes.length < 2 + count) return undefined
  return { value: bytes.subarray(2, 2 + count).includes(NO_AUTHENTICATION), length: 2 + count }
}

/** Encodes the method that the proxy has chosen: none, or no method at all. RFC 1928 §3. */
export function encodeSocksMethod(isAccepted: boolean): Uint8Array {
  return Uint8Array.of(VERSION, isAccepted ? NO_AUTHENTICATION : NO_ACCEPTABLE_METHOD)
}

/** Decodes a request. Commands other than CONNECT are refused. RFC 1928 §4, §5. */
export function decodeSocksRequest(bytes: Uint8Array): SocksPart<SocksRequest> {
  const [version, command, , type, size = 0] = bytes
  const refuse = (refusal: SocksReplyCode) => ({ value: { refusal }, length: bytes.length })
  if (version !== undefined && version !== VERSION) return refuse(SocksReply.GeneralFailure)
  if (bytes.length < 5) return undefined
  const [begin, length] = type === AddressType.IPv4 ? [4, 4] : type === AddressType.IPv6 ? [4, 16] : [5, size]
  if (type !== AddressType.DomainName && begin === 5) return refuse(SocksReply.AddressTypeNotSupported)
  const end = begin + length + 2
  if (bytes.length < end) return undefined
  if (command !== CONNECT) return refuse(SocksReply.CommandNotSupported)
  const address = bytes.subarray(begin, begin + length)
  const port = ((bytes[end - 2] ?? 0) << 8) | (bytes[end - 1] ?? 0)
  return { value: { host: formatHost(type, address), port }, length: end }
}

/** Encodes the answer to a request. The proxy has no address of its own to tell. RFC 1928 §6. */
export function encodeSocksReply(code: SocksReplyCode): Uint8Array {
  return Uint8Array.of(VERSION, code, 0, AddressType.IPv4, 0, 0, 0, 0, 0, 0)
}

function formatHost(type: number | undefined, address: Uint8Array): string {
  if (type === AddressType.DomainName) return new TextDecoder('latin1').decode(address)
  if (type === AddressType.IPv4) return address.join('.')
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((address[2 * i] ?? 0) << 8) | (address[2 * i + 1] ?? 0)).toString(16),
  )
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

/** The names of services that a destination may mean, the most exact first. */
export function servicesOf({ host, port }: SocksDestination, target: string): readonly string[] {
  const name = host.toLowerCase()
  const isPeerItself =
    name === 'localhost' ||
    name === '::1' ||
    name === target.toLowerCase() ||
    (isIPv4(name) && name.startsWith('127.'))
  if (isPeerItself) return [String(port)]
  const exact = name.includes(':') ? `[${name}]:${port}` : `${name}:${port}`
  return [exact, name]
}
