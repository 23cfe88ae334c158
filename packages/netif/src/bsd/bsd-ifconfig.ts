import type { Interface, InterfaceAddress } from '../interfaces/interface.ts'
import { isIpv4, isIpv6, splitZone } from '../ip/ip-literal.ts'
import { canonicalIp } from '../ip/ip-number.ts'
import { scopeOf } from '../ip/ip-scope.ts'
import { maskLength, wordAfter } from './ifconfig-words.ts'

/** A NIC as `ifconfig -a` of a BSD shows it. */
export interface BsdNic extends Pick<Interface, 'name' | 'mac' | 'mtu' | 'up' | 'addresses' | 'index'> {
  readonly groups: readonly string[]
  /** `Ethernet autoselect`, `IEEE802.11 autoselect`. */
  readonly media?: string | undefined
}

/** Words of an address that cannot be bound: duplicate detection is under way, has failed, or the link is gone. */
const UNUSABLE = ['duplicated', 'tentative', 'detached']
/** Flags of an address on NetBSD, which writes them in brackets. */
const NETBSD_UNUSABLE = /TENTATIVE|DUPLICATED|DETACHED/

/**
 * Parses `ifconfig -a` of FreeBSD, OpenBSD and NetBSD. A NIC's first line is flush left, the others are indented. Netmasks are
 * hexadecimal (FreeBSD, OpenBSD), or a length after the address (NetBSD 8 and later, FreeBSD with `-f inet:cidr`). Lines of
 * other meaning, such as CARP's state or a bridge's members, are skipped.
 */
export function parseBsdIfconfig(text: string): BsdNic[] {
  return text.split(/\r?\n(?=\S)/).flatMap((block, position) => parseNic(block, position) ?? [])
}

function parseNic(block: string, position: number): BsdNic | undefined {
  const [first = '', ...rest] = block.split(/\r?\n/)
  const head = /^(\S+): flags=(?:0x)?[0-9a-f]+<([^>]*)>(?:.*\bmtu (\d+))?/.exec(first)
  if (head === null) return undefined
  const [, name = '', flagText = '', mtu = '0'] = head
  const lines = rest.map((line) => line.trim().split(/\s+/))
  const valueOf = (key: string) => lines.find(([word]) => word === key)?.slice(1)
  const mac = (valueOf('ether') ?? valueOf('lladdr') ?? valueOf('address:'))?.[0]?.toLowerCase()
  const status = valueOf('status:')?.join(' ')
  const media = valueOf('media:')?.join(' ')
  return {
    name,
    index: indexOf(lines) ?? position + 1,
    ...(mac !== undefined && isMac(mac) && { mac }),
    mtu: Number(mtu),
    // Tunnels have no status line. Wireless NICs say `associated`, OpenBSD's tunnels without a reader `down`.
    up: flagText.split(',').includes('UP') && !/^(no carrier|inactive|down|no network)/.test(status ?? ''),
    groups: valueOf('groups:') ?? [],
    ...(media !== undefined && { media }),
    addresses: lines.flatMap((words) => parseAddress(words) ?? []),
  }
}

/** OpenBSD writes the index; FreeBSD and NetBSD show it as the scope of the link-local address, in hexadecimal. */
function indexOf(lines: readonly string[][]): number | undefined {
  const own = lines.find(([word]) => word === 'index')?.[1]
  if (own !== undefined) return Number(own)
  const scoped = lines.find((words) => words[0] === 'inet6' && words.includes('scopeid'))
  return scoped === undefined ? undefined : Number(scoped[scoped.indexOf('scopeid') + 1])
}

function parseAddress(words: readonly string[]): InterfaceAddress | undefined {
  const [key, cell = ''] = words
  const [text = '', length] = cell.split('/')
  const flags = wordAfter(words, 'flags') ?? ''
  if (UNUSABLE.some((word) => words.includes(word)) || NETBSD_UNUSABLE.test(flags)) return undefined
  if (key === 'inet' && isIpv4(text)) {
    const prefixLength = length === undefined ? maskLength(wordAfter(words, 'netmask')) : Number(length)
    const scope = scopeOf(text)
    return { family: 'IPv4', ip: text, prefixLength, scope, temporary: false, deprecated: false }
  }
  if (key !== 'inet6' || !isIpv6(text)) return undefined
  const ip = canonicalIp(splitZone(text).ip)
  return {
    family: 'IPv6',
    ip,
    prefixLength: Number(length ?? wordAfter(words, 'prefixlen') ?? 128),
    scope: scopeOf(ip),
    temporary: words.includes('temporary') || flags.includes('TEMPORARY'),
    deprecated: words.includes('deprecated') || flags.includes('DEPRECATED'),
  }
}

function isMac(text: string): boolean {
  return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(text) && text !== '00:00:00:00:00:00'
}
