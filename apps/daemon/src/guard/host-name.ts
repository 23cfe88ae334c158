import { isIpv4 } from '@p2pd/netif'

/** A name or an IPv4 address, or an IPv6 address in brackets, and perhaps a port. RFC 3986 §3.2.2. */
const HOST = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/

/** The name or address of a `Host` header, in lower case, without brackets and port; undefined when it is malformed. */
export function hostName(host: string): string | undefined {
  const [, literal, name] = HOST.exec(host.toLowerCase()) ?? []
  return (literal ?? name)?.replace(/\.$/, '')
}

/** `localhost` and the addresses of loopback, `0.0.0.0` not among them: it is every address of the host. RFC 6761 §6.3, RFC 1122 §3.2.1.3. */
export function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name === '::1' || (isIpv4(name) && name.startsWith('127.'))
}
