import { canonicalIp, familyOf, isLiteral, splitZone, type TransportAddress } from '@p2pd/netif'
import { PortmapError } from '../portmap-error.ts'

/** An `http:` URL whose host is a literal address. RFC 9110 §4.2.1, RFC 3986 §3.2.2. */
export interface HttpUrl {
  readonly authority: TransportAddress
  /** Path and query, from the first slash on. */
  readonly path: string
}

const HTTP_PORT = 80 // RFC 9110 §4.2.1
const MAX_URL_LENGTH = 2048
const ABSOLUTE = /^http:\/\/(\[[^\]/?#]+\]|[^:/?#@[\]]+)(?::(\d{1,5}))?([/?][^#]*)?(?:#.*)?$/i
const SCHEME = /^[a-z][a-z0-9+.-]*:/i

/**
 * Parses an absolute URL. The result is undefined when it is not `http:`, when its host is a name, or when it has
 * user information, spaces or control characters. RFC 3986 §3.
 */
export function parseHttpUrl(text: string): HttpUrl | undefined {
  if (text.length > MAX_URL_LENGTH || /[^\x21-\x7e]/.test(text)) return undefined
  const [, host, port = String(HTTP_PORT), path = '/'] = ABSOLUTE.exec(text) ?? []
  if (host === undefined) return undefined
  const ip = host.replace(/^\[(.*)\]$/, '$1').replace('%25', '%')
  const bracketed = host.startsWith('[')
  if (!isLiteral(ip) || bracketed !== (familyOf(ip) === 'IPv6')) return undefined
  const number = Number(port)
  if (number < 1 || number > 65535) return undefined
  return { authority: { ip: unwrapMapped(ip), port: number }, path: path.startsWith('/') ? path : `/${path}` }
}

/**
 * Resolves a reference as a description has them: absolute, `/path`, or `path` beside the base. Throws `PORTMAP_FORBIDDEN_URL`.
 * RFC 3986 §5.2.
 */
export function resolveHttpUrl(reference: string, base: HttpUrl): HttpUrl {
  const text = reference.trim()
  const whole = SCHEME.test(text) || text.startsWith('//') ? text.replace(/^\/\//, 'http://') : undefined
  const url = whole === undefined ? relative(text, base) : parseHttpUrl(whole)
  if (url !== undefined) return url
  throw new PortmapError(
    'PORTMAP_FORBIDDEN_URL',
    `not an HTTP URL of a literal address: ${text.slice(0, 200)}`,
  )
}

function relative(text: string, base: HttpUrl): HttpUrl | undefined {
  if (text.length > MAX_URL_LENGTH || /[^\x21-\x7e]/.test(text)) return undefined
  const path = text.replace(/#.*$/, '')
  if (path.startsWith('/')) return { authority: base.authority, path }
  const folder = base.path.replace(/\?.*$/, '').replace(/[^/]*$/, '')
  return { authority: base.authority, path: `${folder}${path.replace(/^(\.\/)+/, '')}` }
}

/** The value of the Host field; a zone is of this machine only and left out. RFC 9110 §7.2, RFC 6874 §4. */
export function hostField({ ip, port }: TransportAddress): string {
  const bare = splitZone(ip).ip
  const host = familyOf(bare) === 'IPv6' ? `[${bare}]` : bare
  return port === HTTP_PORT ? host : `${host}:${port}`
}

/** The IPv4 address that an IPv4-mapped IPv6 one stands for, in canonical form. RFC 4291 §2.5.5.2. */
export function unwrapMapped(ip: string): string {
  const canonical = canonicalIp(ip)
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(canonical) ?? []
  if (high === undefined || low === undefined) return canonical
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
  return [a >> 8, a & 0xff, b >> 8, b & 0xff].join('.')
}
