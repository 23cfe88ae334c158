import { encodeIpAddress } from './attributes/ip-address.ts'
import { StunError } from './stun-error.ts'

/** The address and transport of a STUN server. RFC 7064. */
export interface StunUri {
  /** `stuns` is STUN over TLS. */
  readonly scheme: 'stun' | 'stuns'
  /** A name or a literal address, IPv6 without brackets. */
  readonly host: string
  readonly port: number
  readonly transport: 'udp' | 'tcp'
}

/** RFC 8489 §18.6 (RFC 7064 §3.2). */
const DEFAULT_PORT = { stun: 3478, stuns: 5349 } as const

/** A DNS name is at most 253 characters; the rest is scheme, port and query. RFC 1035 §2.3.4. */
const MAX_LENGTH = 300

const URI = /^(stuns?):(?:\[([^\]]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?(?:\?transport=([a-z]+))?$/i

function invalid(uri: string, reason: string, cause?: unknown): StunError {
  return new StunError('STUN_INVALID_URI', `"${uri.slice(0, MAX_LENGTH)}": ${reason}`, { cause })
}

function checkLiteral(uri: string, ip: string): void {
  try {
    encodeIpAddress(ip)
  } catch (error) {
    throw invalid(uri, `${ip} is not an IP address`, error)
  }
}

function parseHost(uri: string, bracketed: string | undefined, name: string): string {
  if (bracketed !== undefined) {
    const ip = bracketed.replace('%25', '%') // RFC 6874 §2
    checkLiteral(uri, ip)
    if (!ip.includes(':')) throw invalid(uri, 'only IPv6 addresses go in brackets')
    return ip
  }
  if (/^[\d.]+$/.test(name)) checkLiteral(uri, name)
  return name
}

/**
 * Parses `stun:host[:port]` or `stuns:host[:port]`, with `?transport=tcp` as in the URIs of TURN. RFC 7064 leaves the
 * transport to DNS, but a list of servers has to name it. Throws `STUN_INVALID_URI`. RFC 7064 §3.1.
 */
export function parseStunUri(uri: string): StunUri {
  const match = uri.length <= MAX_LENGTH ? URI.exec(uri) : null
  if (match === null) throw invalid(uri, 'not of the form stun:HOST[:PORT][?transport=udp|tcp]')
  const [, schemeText = '', bracketed, name = '', portText, transportText] = match
  const scheme = schemeText.toLowerCase() === 'stuns' ? 'stuns' : 'stun'
  const port = portText === undefined ? DEFAULT_PORT[scheme] : Number(portText)
  if (port < 1 || port > 0xffff) throw invalid(uri, `port ${portText} is not 1 to 65535`)
  const transport = transportText?.toLowerCase() ?? (scheme === 'stuns' ? 'tcp' : 'udp')
  if (transport !== 'udp' && transport !== 'tcp')
    throw invalid(uri, `transport ${transport} is not udp or tcp`)
  if (scheme === 'stuns' && transport === 'udp') throw invalid(uri, 'stuns over udp (DTLS) is not supported')
  return { scheme, host: parseHost(uri, bracketed, name), port, transport }
}

/** Formats a URI, always with the port, and with a transport that the scheme does not imply. RFC 7064 §3.1. */
export function formatStunUri({ scheme, host, port, transport }: StunUri): string {
  const authority = host.includes(':') ? `[${host.replace('%', '%25')}]` : host
  return `${scheme}:${authority}:${port}${scheme === 'stun' && transport === 'tcp' ? '?transport=tcp' : ''}`
}
