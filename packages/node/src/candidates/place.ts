import {
  type Family,
  familyOf,
  type Gateway,
  type Interface,
  IpRange,
  publishable,
  scopeOf,
} from '@p2pd/netif'

/** Where packets of a family leave this host. */
export interface Place {
  readonly nic: Interface
  readonly family: Family
  /** The address they leave with. */
  readonly ip: string
  /** Named only when the routing table would choose another NIC. */
  readonly interfaceName?: string
}

const FAMILIES = ['IPv4', 'IPv6'] as const
/** NICs punched from: each costs its own packets and mappings, all the time. */
const MAX_NICS = 2

/**
 * The places to punch from, for each family: NICs with a router, the system's own choice first; without any,
 * those on some network. Loopback alone, where the servers are on this host or there is nothing else.
 */
export function placesOf(interfaces: readonly Interface[], serversAreHere: boolean): Place[] {
  const up = interfaces.filter((nic) => nic.up)
  const places = FAMILIES.flatMap((family) => {
    const leading = placesOut(up, family)
    const connected = leading.length > 0 ? leading : placesOn(up.filter(publishable), family)
    return inSystemsOrder(connected).slice(0, MAX_NICS)
  })
  if (places.length > 0 && !serversAreHere) return places
  return FAMILIES.flatMap((family) => placesOn(up.filter(isLoopback), family))
}

/**
 * The places from which another host's address can be reached, the system's own choice first: NICs on its subnet, or
 * those with a default route where there are none. None for an address of this host, which no NIC leads to.
 */
export function placesTowards(ip: string, interfaces: readonly Interface[]): Place[] {
  const up = interfaces.filter((nic) => nic.up)
  const isOwn = up.some(({ addresses }) => addresses.some((address) => address.ip === ip))
  if (isOwn || scopeOf(ip) === 'host') return []
  const near = placesOnLink(ip, up)
  return inSystemsOrder(near.length > 0 ? near : placesOut(up, familyOf(ip)))
}

/** Whether an address is on one of this host's networks, or its own. */
export function isOnLink(ip: string, interfaces: readonly Interface[]): boolean {
  const up = interfaces.filter((nic) => nic.up)
  return scopeOf(ip) !== 'host' && placesOnLink(ip, up).length > 0
}

function placesOnLink(ip: string, nics: readonly Interface[]): Place[] {
  return nics.flatMap((nic) => {
    const own = nic.addresses.find((address) => new IpRange(address.ip, address.prefixLength).contains(ip))
    return own === undefined ? [] : { nic, family: own.family, ip: own.ip }
  })
}

function placesOut(nics: readonly Interface[], family: Family): Place[] {
  const leadsOut = (nic: Interface) => nic.default[family] || gatewaysOf(nic, family).length > 0
  return placesOn(nics.filter(leadsOut), family)
}

const SCOPES = ['global', 'private', 'host'] as const

/** With the address that the rest of the world gets to see. RFC 6724 §5. */
function placesOn(nics: readonly Interface[], family: Family): Place[] {
  return nics.flatMap((nic) => {
    const usable = nic.addresses.filter((address) => address.family === family && !address.deprecated)
    const best = SCOPES.map((scope) => usable.find((address) => address.scope === scope))
    const address = best.find((found) => found !== undefined)
    return address === undefined ? [] : { nic, family, ip: address.ip }
  })
}

/** The system's choice first, which needs no name. */
function inSystemsOrder(places: readonly Place[]): Place[] {
  return [...places]
    .sort((a, b) => metricOf(a) - metricOf(b))
    .map((place, index) => (index === 0 ? place : { ...place, interfaceName: place.nic.name }))
}

/** The system's own choice before all others, NICs without a router last. */
function metricOf({ nic, family }: Place): number {
  if (nic.default[family]) return -1
  return Math.min(Number.MAX_SAFE_INTEGER, ...gatewaysOf(nic, family).map(({ metric }) => metric))
}

function gatewaysOf({ gateways }: Interface, family: Family): Gateway[] {
  return gateways.filter((gateway) => gateway.family === family)
}

function isLoopback({ type }: Interface): boolean {
  return type === 'loopback'
}
