import { type Family, familyOf, isLiteral, type TransportAddress } from '@p2pd/netif'
import type { PunchNat, PunchSide } from '@p2pd/punch'

/** What one side of a punch tells the other: in an offer, an answer or a record. */
export interface SideDescription {
  readonly protocol: 'udp' | 'tcp'
  readonly family: Family
  readonly side: PunchSide
}

/** Both protocols and families over two NICs, or one protocol and family over eight. */
export const MAX_SIDES = 8
/** A window of 16 predicted ports, twice as wide at a second attempt. */
const MAX_ENDPOINTS = 32
/** Addresses of one NIC, and of one pool. */
const MAX_ADDRESSES = 16

const PROTOCOLS = ['udp', 'tcp'] as const
const FAMILIES = ['IPv4', 'IPv6'] as const
const TYPES = [
  'open',
  'udp-firewall',
  'full-cone',
  'restricted',
  'port-restricted',
  'symmetric',
  'blocked',
] as const
const DEPENDENCIES = [
  'endpoint-independent',
  'address-dependent',
  'address-and-port-dependent',
  'unknown',
] as const
const DELTAS = ['not-applicable', 'equal', 'preserving', 'independent', 'dependent', 'random'] as const

/**
 * A side as `[protocol, family, nat, endpoints, hosts]`; a NAT as `[type, mapping, filtering, delta, value, low,
 * high, externalAddresses]`. Words go by their place in the lists above.
 */
export function sideDescriptionToWire({ protocol, family, side }: SideDescription): readonly unknown[] {
  const { nat, endpoints, hosts } = side
  const { type, mapping, filtering, delta, portRange, externalAddresses } = nat
  const wireNat = [
    TYPES.indexOf(type as (typeof TYPES)[number]),
    DEPENDENCIES.indexOf(mapping),
    DEPENDENCIES.indexOf(filtering),
    DELTAS.indexOf(delta.type as (typeof DELTAS)[number]),
    delta.value,
    ...portRange,
    externalAddresses.slice(0, MAX_ADDRESSES),
  ]
  return [
    PROTOCOLS.indexOf(protocol),
    FAMILIES.indexOf(family),
    wireNat,
    endpoints.slice(0, MAX_ENDPOINTS).map(pairOf),
    hosts.slice(0, MAX_ADDRESSES).map(pairOf),
  ]
}

/** The sides in a decoded value, or what is wrong with them; `null` stands for a side there is nothing for. */
export function sideDescriptionsFromWire(value: unknown): (SideDescription | undefined)[] | string {
  if (!Array.isArray(value)) return 'the sides are not a list'
  if (value.length > MAX_SIDES) return `${value.length} sides are more than ${MAX_SIDES}`
  const sides: (SideDescription | undefined)[] = []
  for (const entry of value as unknown[]) {
    const side = entry === null ? undefined : sideDescription(entry)
    if (side === BAD) return 'a side of a punch is not one'
    sides.push(side)
  }
  return sides
}

/** What is not a side at all. */
const BAD = Symbol('bad')

function sideDescription(entry: unknown): SideDescription | typeof BAD {
  if (!Array.isArray(entry)) return BAD
  const [protocolIndex, familyIndex, wireNat, wireEndpoints, wireHosts] = entry as unknown[]
  const protocol = oneOf(PROTOCOLS, protocolIndex)
  const family = oneOf(FAMILIES, familyIndex)
  if (protocol === undefined || family === undefined) return BAD
  const nat = natFromWire(wireNat, family)
  const endpoints = listOf(wireEndpoints, MAX_ENDPOINTS, (value) => addressOf(value, family))
  const hosts = listOf(wireHosts, MAX_ADDRESSES, (value) => addressOf(value, family))
  if (nat === undefined || endpoints === undefined || hosts === undefined) return BAD
  return { protocol, family, side: { nat, endpoints, hosts } }
}

function natFromWire(value: unknown, family: Family): PunchNat | undefined {
  if (!Array.isArray(value)) return undefined
  const [typeIndex, mappingIndex, filteringIndex, deltaIndex, step, low, high, ips] = value as unknown[]
  const type = oneOf(TYPES, typeIndex)
  const mapping = oneOf(DEPENDENCIES, mappingIndex)
  const filtering = oneOf(DEPENDENCIES, filteringIndex)
  const delta = oneOf(DELTAS, deltaIndex)
  const externalAddresses = listOf(ips, MAX_ADDRESSES, (ip) => (isIp(ip, family) ? ip : undefined))
  if (!type || !mapping || !filtering || !delta || !externalAddresses) return undefined
  if (!isInteger(step, -65_535, 65_535) || !isPort(low) || !isPort(high) || low > high) return undefined
  return {
    type,
    mapping,
    filtering,
    delta: { type: delta, value: step },
    portRange: [low, high],
    externalAddresses,
  }
}

function pairOf({ ip, port }: TransportAddress): readonly [string, number] {
  return [ip, port]
}

function addressOf(value: unknown, family: Family): TransportAddress | undefined {
  const [ip, port] = Array.isArray(value) ? (value as unknown[]) : []
  return isIp(ip, family) && isPort(port) ? { ip, port } : undefined
}

function listOf<Item>(
  value: unknown,
  most: number,
  read: (entry: unknown) => Item | undefined,
): Item[] | undefined {
  if (!Array.isArray(value) || value.length > most) return undefined
  const items = (value as unknown[]).map(read).filter((item) => item !== undefined)
  return items.length === value.length ? items : undefined
}

function oneOf<Word>(words: readonly Word[], index: unknown): Word | undefined {
  return typeof index === 'number' ? words[index] : undefined
}

function isIp(value: unknown, family: Family): value is string {
  return typeof value === 'string' && isLiteral(value) && !value.includes('%') && familyOf(value) === family
}

function isPort(value: unknown): value is number {
  return isInteger(value, 1, 65_535)
}

function isInteger(value: unknown, low: number, high: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high
}
