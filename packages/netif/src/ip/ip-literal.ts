import type { Family } from './family.ts'

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`)
const IPV6_GROUPS = 8
/** Eight groups, the last two as an IPv4 address: no literal without its zone is longer. RFC 4291 §2.2. */
const IPV6_MAX_LENGTH = 45
/** An interface name (at most 15 characters on Linux, longer elsewhere) or index. RFC 4007 §11. */
const ZONE = /^[^\s%/\]]{1,64}$/

/** Whether a text is an IPv4 address in four decimal parts without leading zeros. RFC 6943 §3.1.1. */
export function isIpv4(text: string): boolean {
  return IPV4.test(text)
}

/** Whether a text is an IPv6 address, with or without a zone (`fe80::1%eth0`). RFC 4291 §2.2, RFC 4007 §11. */
export function isIpv6(text: string): boolean {
  const { ip, zone } = splitZone(text)
  return isBareIpv6(ip) && (zone === undefined || ZONE.test(zone))
}

/** The family of a literal address, or undefined when the text is none: a name, `1`, `010.0.0.1`. */
export function literalFamily(text: string): Family | undefined {
  if (isIpv4(text)) return 'IPv4'
  return isIpv6(text) ? 'IPv6' : undefined
}

/** Whether a text is an address that needs no resolving. */
export function isLiteral(text: string): boolean {
  return literalFamily(text) !== undefined
}

/** Separates an address from its zone: `fe80::1%eth0` is `fe80::1` on `eth0`. RFC 4007 §11. */
export function splitZone(text: string): { readonly ip: string; readonly zone?: string } {
  const at = text.indexOf('%')
  return at < 0 ? { ip: text } : { ip: text.slice(0, at), zone: text.slice(at + 1) }
}

function isBareIpv6(text: string): boolean {
  if (text.length > IPV6_MAX_LENGTH) return false
  const tail = text.slice(text.lastIndexOf(':') + 1)
  const plain = tail.includes('.') && isIpv4(tail) ? `${text.slice(0, -tail.length)}0:0` : text
  const halves = plain.split('::')
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false
  return halves.length === 2
    ? groups.length < IPV6_GROUPS
    : halves.length === 1 && groups.length === IPV6_GROUPS
}
