import { type Family, type Interface, publishable } from '@p2pd/netif'

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
/** NICs of a family that are punched from: each costs its own packets and mappings. */
const MAX_NICS = 2

/**
 * The places to punch from, for each family: NICs with a default route, the system's own choice first; without any,
 * those on some network. Loopback alone, where the servers are on this host or there is nothing else.
 */
export function placesOf(interfaces: readonly Interface[], serversAreHere: boolean): Place[] {
  const up = interfaces.filter((nic) => nic.up)
  const places = FAMILIES.flatMap((family) => {
    const withDefault = up.filter((nic) => nic.default[family])
    const connected = withDefault.length > 0 ? withDefault : up.filter(publishable)
    return [...connected]
      .sort((a, b) => metricOf(a, family) - metricOf(b, family))
      .flatMap((nic) => placeOf(nic, family))
      .slice(0, MAX_NICS)
      .map((place, index) => (index === 0 ? place : { ...place, interfaceName: place.nic.name }))
  })
  if (places.length > 0 && !serversAreHere) return places
  return FAMILIES.flatMap((family) => up.filter(isLoopback).flatMap((nic) => placeOf(nic, family)))
}

function metricOf({ gateways }: Interface, family: Family): number {
  return Math.min(...gateways.filter((gateway) => gateway.family === family).map(({ metric }) => metric))
}

function isLoopback({ type }: Interface): boolean {
  return type === 'loopback'
}

const SCOPES = ['global', 'private', 'host'] as const

/** The address that the rest of the world gets to see. RFC 6724 §5. */
function placeOf(nic: Interface, family: Family): Place[] {
  const usable = nic.addresses.filter((address) => address.family === family && !address.deprecated)
  const best = SCOPES.map((scope) => usable.find((address) => address.scope === scope))
  const address = best.find((found) => found !== undefined)
  return address === undefined ? [] : [{ nic, family, ip: address.ip }]
}
