import { maskLength, wordAfter } from '../bsd/ifconfig-words.ts'
import type { InterfaceAddress } from '../interfaces/interface.ts'
import { canonicalIp } from '../ip/ip-number.ts'
import { isIpv4, isIpv6, splitZone } from '../ip/ip-literal.ts'
import { scopeOf } from '../ip/ip-scope.ts'

/** A NIC as `ifconfig -a` tells it. */
export interface IfconfigNic {
  readonly name: string
  readonly mac?: string
  readonly mtu: number
  readonly up: boolean
  readonly addresses: readonly InterfaceAddress[]
}

/** Parses `ifconfig -a` of macOS and the BSDs: a NIC's first line is flush left, the others are indented. */
export function parseIfconfig(text: string): IfconfigNic[] {
  const blocks = text.split(/\r?\n(?=\S)/)
  return blocks.flatMap((block) => parseNic(block) ?? [])
}

function parseNic(block: string): IfconfigNic | undefined {
  const [first = '', ...rest] = block.split(/\r?\n/)
  const head = /^(\S+): flags=[0-9a-f]+<([^>]*)>(?:.*\bmtu (\d+))?/.exec(first)
  if (head === null) return undefined
  const [, name = '', flagText = '', mtu = '0'] = head
  const flags = flagText.split(',')
  const lines = rest.map((line) => line.trim().split(/\s+/))
  const mac = valueOf(lines, 'ether') ?? valueOf(lines, 'lladdr')
  return {
    name,
    ...(mac !== undefined && { mac: mac.toLowerCase() }),
    mtu: Number(mtu),
    // A NIC with a carrier to speak of has a status line; a tunnel has none.
    up: flags.includes('UP') && (valueOf(lines, 'status:') ?? 'active') !== 'inactive',
    addresses: lines.flatMap((words) => parseAddress(words) ?? []),
  }
}

function valueOf(lines: readonly string[][], key: string): string | undefined {
  return lines.find(([word]) => word === key)?.[1]
}

function parseAddress(words: readonly string[]): InterfaceAddress | undefined {
  const [key, text = ''] = words
  if (key === 'inet' && isIpv4(text)) {
    const prefixLength = maskLength(wordAfter(words, 'netmask'))
    return {
      family: 'IPv4',
      ip: text,
      prefixLength,
      scope: scopeOf(text),
      temporary: false,
      deprecated: false,
    }
  }
  if (key !== 'inet6' || !isIpv6(text) || words.includes('duplicated') || words.includes('tentative')) {
    return undefined
  }
  const ip = canonicalIp(splitZone(text).ip)
  return {
    family: 'IPv6',
    ip,
    prefixLength: Number(wordAfter(words, 'prefixlen') ?? 128),
    scope: scopeOf(ip),
    temporary: words.includes('temporary'),
    deprecated: words.includes('deprecated'),
  }
}
