import type { Scope } from '../interfaces/interface.ts'
import { isIpv4 } from './ip-literal.ts'
import { ADDRESS_BITS, ipv4Number, parseIp } from './ip-number.ts'

/** The purpose of an address. RFC 6890. */
export type AddressKind =
  | 'unspecified'
  | 'loopback'
  | 'link-local'
  | 'private'
  | 'unique-local'
  | 'shared'
  | 'documentation'
  | 'benchmarking'
  | 'multicast'
  | 'broadcast'
  | 'reserved'
  | 'ipv4-mapped'
  | 'global'

/** The IPv4 blocks that are not for everyone: base, prefix length, kind. The first that fits counts. */
const IPV4_BLOCKS = (
  [
    ['0.0.0.0', 32, 'unspecified'], // RFC 1122 §3.2.1.3
    ['0.0.0.0', 8, 'reserved'], // RFC 1122 §3.2.1.3: "this network"
    ['10.0.0.0', 8, 'private'], // RFC 1918
    ['172.16.0.0', 12, 'private'],
    ['192.168.0.0', 16, 'private'],
    ['100.64.0.0', 10, 'shared'], // RFC 6598: between a carrier's NAT and its customers
    ['127.0.0.0', 8, 'loopback'], // RFC 1122 §3.2.1.3
    ['169.254.0.0', 16, 'link-local'], // RFC 3927
    ['192.0.2.0', 24, 'documentation'], // RFC 5737
    ['198.51.100.0', 24, 'documentation'],
    ['203.0.113.0', 24, 'documentation'],
    ['198.18.0.0', 15, 'benchmarking'], // RFC 2544
    ['224.0.0.0', 4, 'multicast'], // RFC 5771.
    ['255.255.255.255', 32, 'broadcast'], // RFC 919
    ['240.0.0.0', 4, 'reserved'], // RFC 1112 §4.
  ] as const
).map(([base, prefixLength, kind]) => {
  const first = ipv4Number(base)
  return { first, last: first + 2 ** (ADDRESS_BITS.IPv4 - prefixLength) - 1, kind }
})

/** The IPv6 blocks that are not for everyone. */
const IPV6_BLOCKS = (
  [
    ['::', 128, 'unspecified'], // RFC 4291 §2.5.2
    ['::1', 128, 'loopback'], // RFC 4291 §2.5.3
    ['::ffff:0:0', 96, 'ipv4-mapped'], // RFC 4291 §2.5.5.2.
    ['2001:2::', 48, 'benchmarking'], // RFC 5180
    ['2001:db8::', 32, 'documentation'], // RFC 3849
    ['3fff::', 20, 'documentation'], // RFC 9637.
    ['fc00::', 7, 'unique-local'], // RFC 4193
    ['fe80::', 10, 'link-local'], // RFC 4291 §2.5.6
    ['ff00::', 8, 'multicast'], // RFC 4291 §2.7
  ] as const
).map(([base, prefixLength, kind]) => {
  const hostBits = BigInt(ADDRESS_BITS.IPv6 - prefixLength)
  return { prefix: parseIp(base).value >> hostBits, hostBits, kind }
})

/** Documentation blocks count as global: who uses them builds a model of the Internet. */
const SCOPES: Readonly<Record<Exclude<AddressKind, 'ipv4-mapped'>, Scope>> = {
  unspecified: 'host',
  loopback: 'host',
  'link-local': 'link',
  broadcast: 'link',
  private: 'private',
  'unique-local': 'private',
  shared: 'private',
  benchmarking: 'private',
  documentation: 'global',
  multicast: 'global',
  reserved: 'global',
  global: 'global',
}

/** The purpose of a literal address. Throws `NETIF_INVALID_ARGUMENT`. RFC 6890. */
export function kindOf(ip: string): AddressKind {
  return isIpv4(ip) ? ipv4Kind(ipv4Number(ip)) : ipv6Kind(parseIp(ip).value)
}

/** How far a literal address reaches. Throws `NETIF_INVALID_ARGUMENT`. RFC 4007 §4, RFC 1918, RFC 4193, RFC 6598. */
export function scopeOf(ip: string): Scope {
  const kind = kindOf(ip)
  if (kind !== 'ipv4-mapped') return SCOPES[kind]
  return SCOPES[ipv4Kind(Number(parseIp(ip).value & 0xffffffffn))]
}

/**
 * Whether an address stands for every address of its family. Throws `NETIF_INVALID_ARGUMENT`. RFC 1122 §3.2.1.3,
 * RFC 4291 §2.5.2.
 */
export function isUnspecified(ip: string): boolean {
  return kindOf(ip) === 'unspecified'
}

function ipv4Kind(value: number): Exclude<AddressKind, 'ipv4-mapped'> {
  return IPV4_BLOCKS.find(({ first, last }) => first <= value && value <= last)?.kind ?? 'global'
}

function ipv6Kind(value: bigint): AddressKind {
  return IPV6_BLOCKS.find(({ prefix, hostBits }) => prefix === value >> hostBits)?.kind ?? 'global'
}
