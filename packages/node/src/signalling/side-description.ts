import { type Family, familyOf, isLiteral, type TransportAddress } from '@p2pd/netif'
import type { PunchNat, PunchSide } from '@p2pd/punch'
import { integerIn, listIn, mapIn, type Refuse, toMap, type WireMap, wordIn } from '../wire/cbor.ts'
import { PORTS, TransportProtocol } from './candidate-wire.ts'

/** One side of a punch, as a peer announces it in an offer, an answer or a record. */
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
/** How far apart two ports can be. */
const STEPS = [-65_535, 65_535] as const

const AddressFamily = { IPv4: 0, IPv6: 1 } as const
const NatType = {
  open: 0,
  'udp-firewall': 1,
  'full-cone': 2,
  restricted: 3,
  'port-restricted': 4,
  symmetric: 5,
  blocked: 6,
} as const
/** Of mappings and of filters. RFC 4787 §4.1, §5. */
const Dependency = {
  'endpoint-independent': 0,
  'address-dependent': 1,
  'address-and-port-dependent': 2,
  unknown: 3,
} as const
const Delta = {
  'not-applicable': 0,
  equal: 1,
  preserving: 2,
  independent: 3,
  dependent: 4,
  random: 5,
} as const

/** Keys of a side. */
const SideKey = { protocol: 1, family: 2, nat: 3, endpoints: 4, hosts: 5 } as const
/** Keys of a NAT. */
const NatKey = {
  type: 1,
  mapping: 2,
  filtering: 3,
  delta: 4,
  step: 5,
  lowPort: 6,
  highPort: 7,
  externalAddresses: 8,
} as const

/** A side as a map. */
export function sideDescriptionToWire({ protocol, family, side }: SideDescription): WireMap {
  const { nat, endpoints, hosts } = side
  return toMap([
    [SideKey.protocol, TransportProtocol[protocol]],
    [SideKey.family, AddressFamily[family]],
    [SideKey.nat, natToWire(nat)],
    [SideKey.endpoints, endpoints.slice(0, MAX_ENDPOINTS).map(endpointToWire)],
    [SideKey.hosts, hosts.slice(0, MAX_ADDRESSES).map(endpointToWire)],
  ])
}

function natToWire({ type, mapping, filtering, delta, portRange, externalAddresses }: PunchNat): WireMap {
  const [low, high] = portRange
  return toMap([
    [NatKey.type, NatType[type as keyof typeof NatType]],
    [NatKey.mapping, Dependency[mapping]],
    [NatKey.filtering, Dependency[filtering]],
    [NatKey.delta, Delta[delta.type as keyof typeof Delta]],
    [NatKey.step, delta.value],
    [NatKey.lowPort, low],
    [NatKey.highPort, high],
    [NatKey.externalAddresses, externalAddresses.slice(0, MAX_ADDRESSES)],
  ])
}

/** An IP address and a port: nothing can be added to these two, so that a list will do. */
function endpointToWire({ ip, port }: TransportAddress): readonly [string, number] {
  return [ip, port]
}

/**
 * The sides in a decoded value, each at its place, because an answer refers to the sides of its offer by their places.
 * Undefined stands for `null` and for a side with a word that is not known. Throws what `refuse` makes when the list is
 * too long, or a known key has a value that it cannot have.
 */
export function sideDescriptionsFromWire(value: unknown, refuse: Refuse): (SideDescription | undefined)[] {
  return listIn(value, MAX_SIDES, 'sides', refuse).map((entry) =>
    entry === null ? undefined : sideFromWire(mapIn(entry, 'a side of a punch', refuse), refuse),
  )
}

/** After a word that is not known nothing else is looked at: it may change what the other keys mean. */
function sideFromWire(map: WireMap, refuse: Refuse): SideDescription | undefined {
  const protocol = wordIn(TransportProtocol, map.get(SideKey.protocol), 'protocol of a side', refuse)
  if (protocol === undefined) return undefined
  const family = wordIn(AddressFamily, map.get(SideKey.family), 'family of a side', refuse)
  if (family === undefined) return undefined
  const nat = natFromWire(mapIn(map.get(SideKey.nat), 'the NAT of a side', refuse), family, refuse)
  if (nat === undefined) return undefined
  const endpoint = (entry: unknown) => endpointFromWire(entry, family, refuse)
  const endpoints = listIn(map.get(SideKey.endpoints), MAX_ENDPOINTS, 'endpoints of a side', refuse)
  const hosts = listIn(map.get(SideKey.hosts), MAX_ADDRESSES, 'hosts of a side', refuse)
  return { protocol, family, side: { nat, endpoints: endpoints.map(endpoint), hosts: hosts.map(endpoint) } }
}

function natFromWire(map: WireMap, family: Family, refuse: Refuse): PunchNat | undefined {
  const type = wordIn(NatType, map.get(NatKey.type), 'type of a NAT', refuse)
  const mapping = type && wordIn(Dependency, map.get(NatKey.mapping), 'mapping of a NAT', refuse)
  const filtering = mapping && wordIn(Dependency, map.get(NatKey.filtering), 'filtering of a NAT', refuse)
  const delta = filtering && wordIn(Delta, map.get(NatKey.delta), 'delta of a NAT', refuse)
  if (!type || !mapping || !filtering || !delta) return undefined
  const value = integerIn(map.get(NatKey.step), STEPS, () => refuse('the step of a NAT'))
  const range = () => refuse('the port range of a NAT')
  const low = integerIn(map.get(NatKey.lowPort), PORTS, range)
  const high = integerIn(map.get(NatKey.highPort), [low, PORTS[1]], range)
  const ips = listIn(map.get(NatKey.externalAddresses), MAX_ADDRESSES, 'external addresses of a NAT', refuse)
  const externalAddresses = ips.map((ip) => ipIn(ip, family, refuse))
  return {
    type,
    mapping,
    filtering,
    delta: { type: delta, value },
    portRange: [low, high],
    externalAddresses,
  }
}

function endpointFromWire(value: unknown, family: Family, refuse: Refuse): TransportAddress {
  if (!Array.isArray(value)) throw refuse('an endpoint of a side is not a list')
  const [ip, port] = value as unknown[]
  return {
    ip: ipIn(ip, family, refuse),
    port: integerIn(port, PORTS, () => refuse(`${String(port)} is not a port`)),
  }
}

function ipIn(value: unknown, family: Family, refuse: Refuse): string {
  if (typeof value === 'string' && isLiteral(value) && !value.includes('%') && familyOf(value) === family) {
    return value
  }
  throw refuse(`"${String(value)}" is not an ${family} address`)
}
