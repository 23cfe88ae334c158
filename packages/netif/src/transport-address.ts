/** The two versions of the Internet Protocol. */
export type Family = 'IPv4' | 'IPv6'

/** IP address and port: a "transport address". RFC 8489 §4. */
export interface TransportAddress {
  /** A literal address; a link-local IPv6 one carries its scope (`fe80::1%eth0`). */
  readonly ip: string
  /** 0 to 65535; 0 asks the system to choose. */
  readonly port: number
}

/** The family of a literal address. */
export function familyOf(ip: string): Family {
  return ip.includes(':') ? 'IPv6' : 'IPv4'
}

/** Formats as `192.0.2.1:80` or `[2001:db8::1]:80`. RFC 3986 §3.2.2. */
export function formatTransportAddress({ ip, port }: TransportAddress): string {
  return familyOf(ip) === 'IPv6' ? `[${ip}]:${port}` : `${ip}:${port}`
}

/** Whether two transport addresses are the same text for text. */
export function sameTransportAddress(a: TransportAddress, b: TransportAddress): boolean {
  return a.port === b.port && a.ip === b.ip
}
