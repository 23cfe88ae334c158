import { familyOf } from './family.ts'
import { isIpv6, literalFamily } from './ip-literal.ts'
import { NetifError } from '../netif-error.ts'

/** IP address and port: a "transport address". RFC 8489 §4. */
export interface TransportAddress {
  /** A literal address; a link-local IPv6 one carries its scope (`fe80::1%eth0`). */
  readonly ip: string
  /** 0 to 65535; 0 asks the system to choose. */
  readonly port: number
}

/** Formats as `192.0.2.1:80` or `[2001:db8::1]:80`. RFC 3986 §3.2.2. */
export function formatTransportAddress({ ip, port }: TransportAddress): string {
  return familyOf(ip) === 'IPv6' ? `[${ip}]:${port}` : `${ip}:${port}`
}

/**
 * Parses what `formatTransportAddress` writes. Throws `NETIF_INVALID_ARGUMENT` for other texts: names are not resolved.
 * RFC 3986 §3.2.2.
 */
export function parseTransportAddress(text: string): TransportAddress {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text)
  const [, ip6, ip4, digits] = match ?? []
  const address = { ip: ip6 ?? ip4 ?? '', port: Number(digits) }
  if (match === null || (ip6 !== undefined && !isIpv6(ip6))) {
    throw new NetifError('NETIF_INVALID_ARGUMENT', `not an address and a port: ${JSON.stringify(text)}`)
  }
  checkTransportAddress(address)
  return address
}

/** Throws `NETIF_INVALID_ARGUMENT` unless `ip` is a literal address and `port` a whole number from 0 to 65535. */
export function checkTransportAddress({ ip, port }: TransportAddress): void {
  // Programs without types may give a text such as `ip:port`.
  if (literalFamily(String(ip)) === undefined) {
    throw new NetifError('NETIF_INVALID_ARGUMENT', `not an IP address: ${JSON.stringify(ip)}`)
  }
  checkPort(port)
}

/** Throws `NETIF_INVALID_ARGUMENT` unless `port` is a whole number from `least` to 65535. RFC 9293 §3.1. */
export function checkPort(port: number, least = 0): void {
  if (!Number.isInteger(port) || port < least || port > 65535) {
    throw new NetifError('NETIF_INVALID_ARGUMENT', `not a port from ${least} to 65535: ${port}`)
  }
}

/** Whether two transport addresses are the same text for text. */
export function sameTransportAddress(a: TransportAddress, b: TransportAddress): boolean {
  return a.port === b.port && a.ip === b.ip
}
