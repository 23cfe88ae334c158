import { NodeError } from '../../node-error.ts'
import { quote } from '../../identity/quote.ts'

/** Where connections go to, or come from, on one host. */
export type Endpoint =
  | { readonly type: 'tcp' | 'udp'; readonly host: string; readonly port: number }
  /** A Unix domain socket. */
  | { readonly type: 'unix'; readonly path: string }

/** A service that peers may reach, and where its connections go, or where they come from. */
export interface ServedEndpoint {
  readonly name: string
  readonly endpoint: Endpoint
  /** Whether a peer may have this host listen at the endpoint, and takes the connections itself. @default false */
  readonly isReverse?: true
}

/** Begins the names of services whose connections go to the caller. */
const REVERSE = 'reverse:'

const LOOPBACK = '127.0.0.1'
const MAX_PORT = 65_535

/**
 * Parses what `serve` offers: `22`, `udp:53`, `unix:/run/x`, `web=localhost:3000`, `web=udp:53`. The text before `=` is the
 * name; without one the whole text is. With `reverse:` before the endpoint a peer may have this host listen there; such
 * services have names of their own, `reverse:NAME`. Throws `NODE_BAD_OPTION`.
 */
export function parseServed(text: string): ServedEndpoint {
  const at = text.indexOf('=')
  const [name, where] = at < 0 ? [text, text] : [text.slice(0, at), text.slice(at + 1)]
  if (name === '') throw bad(text, 'give NAME=HOST:PORT')
  if (!where.startsWith(REVERSE)) {
    const endpoint = endpointOf(where, SERVED)
    if (endpoint.type !== 'unix' && endpoint.port === 0) throw bad(text, 'no server has port 0, give its own')
    return { name, endpoint: atEitherLoopback(where, endpoint) }
  }
  const endpoint = endpointOf(where.slice(REVERSE.length), SERVED)
  return { name: at < 0 ? name : `${REVERSE}${name}`, endpoint, isReverse: true }
}

/** A port without an address is that of a server on either loopback address: many listen at ::1 alone. */
function atEitherLoopback(text: string, endpoint: Endpoint): Endpoint {
  return endpoint.type === 'tcp' && /^(tcp:)?\d+$/.test(text) ? { ...endpoint, host: 'localhost' } : endpoint
}

/** Parses `port`, `address:port`, `[IPv6]:port`, `udp:port`, `udp:address:port`, `unix:PATH`. Throws `NODE_BAD_OPTION`. */
export function parseEndpoint(text: string): Endpoint {
  return endpointOf(text, 'give a port from 0 to 65535, ADDRESS:PORT, or unix:PATH')
}

const SERVED = 'give PORT, HOST:PORT, udp:PORT or unix:PATH, with or without NAME= before it'

/** `wanted` says what would have been right. */
function endpointOf(text: string, wanted: string): Endpoint {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length)
    if (path === '') throw bad(text, 'give unix:PATH')
    return { type: 'unix', path }
  }
  const type = text.startsWith('udp:') ? 'udp' : 'tcp'
  const rest = text.replace(/^(udp|tcp):/, '')
  const [, bracketed, plain, digits = ''] = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(rest) ?? []
  const port = Number(digits)
  if (digits === '' || port > MAX_PORT) throw bad(text, wanted)
  return { type, host: bracketed ?? plain ?? LOOPBACK, port }
}

/** Formats an endpoint as `parseEndpoint` reads it. */
export function formatEndpoint(endpoint: Endpoint): string {
  if (endpoint.type === 'unix') return `unix:${endpoint.path}`
  const { type, host, port } = endpoint
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  return type === 'udp' ? `udp:${address}` : address
}

/**
 * Parses the other end of a forwarding, `TARGET:PORT` or `TARGET:NAME`. A UDP port is a service of the peer of its own:
 * `home:53` means `udp:53` where the local end is UDP. Where the peer is to listen the service is `reverse:NAME`. Throws
 * `NODE_BAD_OPTION`.
 */
export function parseRemoteService(
  text: string,
  localType: Endpoint['type'] | '-',
  isReverse = false,
): { target: string; service: string } {
  const at = text.indexOf(':')
  const [target, name] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)]
  if (target === '' || name === '') throw bad(text, 'give TARGET:PORT or TARGET:NAME')
  const isUdpPort = localType === 'udp' && /^\d+$/.test(name)
  const service = isUdpPort ? `udp:${name}` : name
  return { target, service: isReverse ? `${REVERSE}${service}` : service }
}

function bad(text: string, remedy: string): NodeError {
  return new NodeError('NODE_BAD_OPTION', `${quote(text)} is not understood: ${remedy}`)
}
