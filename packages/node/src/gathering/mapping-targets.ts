import { type Family, type Interface, type InterfaceAddress, publishedInterfaces } from '@p2pd/netif'

/** An address whose port the gateways of its NIC are asked for. */
export interface MappingTarget {
  readonly nic: Interface
  readonly family: Family
  readonly ip: string
}

/** IPv6 addresses of a NIC: the lasting one and a temporary one. */
const MAX_IPV6_ADDRESSES = 2
/** Each costs a gateway an entry of its table. */
const MAX_TARGETS = 8

/**
 * The addresses to map a listening port of, for each NIC with a gateway. These are the first private IPv4 address, and the
 * global IPv6 ones, for which a gateway opens its firewall. A public IPv4 address needs no mapping.
 */
export function mappingTargets(interfaces: readonly Interface[]): MappingTarget[] {
  const targets = publishedInterfaces(interfaces).flatMap((nic) =>
    (['IPv4', 'IPv6'] as const).flatMap((family) => {
      if (!nic.gateways.some((gateway) => gateway.family === family)) return []
      return addressesOf(nic, family).map(({ ip }) => ({ nic, family, ip }))
    }),
  )
  return targets.slice(0, MAX_TARGETS)
}

function addressesOf({ addresses }: Interface, family: Family): InterfaceAddress[] {
  const usable = addresses.filter((address) => address.family === family && !address.deprecated)
  if (family === 'IPv4') return usable.filter(({ scope }) => scope === 'private').slice(0, 1)
  return usable
    .filter(({ scope }) => scope === 'global')
    .toSorted((a, b) => Number(a.temporary) - Number(b.temporary))
    .slice(0, MAX_IPV6_ADDRESSES)
}
