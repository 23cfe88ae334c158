import { familyOf } from '@p2pd/netif'

/** Blocks that are not routed on the Internet. RFC 6890 §2.2.2, RFC 1918 §3, RFC 6598 §7. */
const NOT_PUBLIC_IPV4 = (
  [
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
    ['224.0.0.0', 3],
  ] as const
).map(([base, bits]) => ({ shift: 32 - bits, prefix: toNumber(base) >>> (32 - bits) }))

/** Unspecified, loopback, unique local, link-local, multicast. RFC 6890 §2.2.3. */
const NOT_PUBLIC_IPV6 = /^(::1?$|f[cd]|fe[89ab]|ff)/i

/** Whether an address is routed on the Internet. Throws nothing: another text than an IPv6 address is read as IPv4. */
export function isPublic(ip: string): boolean {
  if (familyOf(ip) === 'IPv6') return !NOT_PUBLIC_IPV6.test(ip)
  const value = toNumber(ip)
  return !NOT_PUBLIC_IPV4.some(({ shift, prefix }) => value >>> shift === prefix)
}

function toNumber(ip: string): number {
  return ip.split('.').reduce((value, octet) => ((value << 8) | Number(octet)) >>> 0, 0)
}
