import {
  type Family,
  familyOf,
  type Gateway,
  type Interface,
  IpRange,
  leadsOut,
  publishedInterfaces,
  scopeOf,
  sourceOnNic,
} from '@p2pd/netif'

/** Where packets of a family leave this host. */
export interface Base {
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
 * The bases to punch from, for each family: NICs with a router, the system's own choice first; without any,
 * those on some network. Loopback alone, where the servers are on this host or there is nothing else.
 */
export function basesOf(interfaces: readonly Interface[], serversAreHere: boolean): Base[] {
  const up = interfaces.filter((nic) => nic.up)
  const bases = FAMILIES.flatMap((family) => {
    const leading = defaultRouteBases(up, family)
    const connected = leading.length > 0 ? leading : basesOn(publishedInterfaces(up), family)
    return inSystemsOrder(connected).slice(0, MAX_NICS)
  })
  if (bases.length > 0 && !serversAreHere) return bases
  return FAMILIES.flatMap((family) => basesOn(up.filter(isLoopback), family))
}

/**
 * The bases from which another host's address can be reached, the system's own choice first. They are NICs on its
 * subnet, or those with a default route where there are none. None for an address of this host, which no NIC leads to.
 */
export function basesTowards(ip: string, interfaces: readonly Interface[]): Base[] {
  const up = interfaces.filter((nic) => nic.up)
  const isOwn = up.some(({ addresses }) => addresses.some((address) => address.ip === ip))
  if (isOwn || scopeOf(ip) === 'host') return []
  const near = basesOnLink(ip, up)
  return inSystemsOrder(near.length > 0 ? near : defaultRouteBases(up, familyOf(ip)))
}

/** Whether packets to an address can leave this host, or stay on it. */
export function canSendTo(ip: string, interfaces: readonly Interface[]): boolean {
  const isOwn = scopeOf(ip) === 'host' || addressesOf(interfaces).has(ip)
  return isOwn || basesTowards(ip, interfaces).length > 0
}

/** Whether an address is on one of this host's networks, or its own. */
export function isOnLink(ip: string, interfaces: readonly Interface[]): boolean {
  const up = interfaces.filter((nic) => nic.up)
  return scopeOf(ip) !== 'host' && basesOnLink(ip, up).length > 0
}

function basesOnLink(ip: string, nics: readonly Interface[]): Base[] {
  return nics.flatMap((nic) => {
    const own = nic.addresses.find((address) => new IpRange(address.ip, address.prefixLength).contains(ip))
    return own === undefined ? [] : { nic, family: own.family, ip: own.ip }
  })
}

function defaultRouteBases(nics: readonly Interface[], family: Family): Base[] {
  return basesOn(
    nics.filter((nic) => leadsOut(nic, family)),
    family,
  )
}

/** With the address that the rest of the world gets to see. RFC 6724 §5. */
function basesOn(nics: readonly Interface[], family: Family): Base[] {
  return nics.flatMap((nic) => {
    const address = sourceOnNic(nic, family)
    return address === undefined ? [] : { nic, family, ip: address.ip }
  })
}

/** The system's choice first, which needs no name. */
function inSystemsOrder(bases: readonly Base[]): Base[] {
  return [...bases]
    .sort((a, b) => metricOf(a) - metricOf(b))
    .map((base, index) => (index === 0 ? base : { ...base, interfaceName: base.nic.name }))
}

/** The system's own choice before all others, NICs without a router last. */
function metricOf({ nic, family }: Base): number {
  if (nic.default[family]) return -1
  return Math.min(Number.MAX_SAFE_INTEGER, ...gatewaysOf(nic, family).map(({ metric }) => metric))
}

function gatewaysOf({ gateways }: Interface, family: Family): Gateway[] {
  return gateways.filter((gateway) => gateway.family === family)
}

function isLoopback({ type }: Interface): boolean {
  return type === 'loopback'
}

/** The addresses that can be used now. */
export function addressesOf(interfaces: readonly Interface[]): ReadonlySet<string> {
  return new Set(interfaces.filter((nic) => nic.up).flatMap((nic) => nic.addresses.map(({ ip }) => ip)))
}
