/** The two versions of the Internet Protocol. RFC 791, RFC 8200. */
export type Family = 'IPv4' | 'IPv6'

/** The family of a literal address. */
export function familyOf(ip: string): Family {
  return ip.includes(':') ? 'IPv6' : 'IPv4'
}
