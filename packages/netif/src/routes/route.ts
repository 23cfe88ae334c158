import type { Interface } from '../interfaces/interface.ts'
import { type IpRange, parseIpRange } from '../ip/ip-range.ts'
import { scopeOf } from '../ip/ip-scope.ts'
import type { Family } from '../ip/family.ts'

/** Source addresses that the rest of the world sees as the same external addresses; plain data. */
export interface Route {
  readonly family: Family
  /** Addresses or blocks (`192.0.2.0/24`) to bind to; those beyond the link come first. */
  readonly nicAddresses: readonly string[]
  /** Addresses or blocks seen from outside; empty while none is known. RFC 4787 §1. */
  readonly externalAddresses: readonly string[]
}

/** The external addresses of each source address, as STUN found them for example. */
export type ExternalAddresses = Readonly<Record<string, readonly string[]>>

/** A NIC's routes. Deprecated addresses are left out: they are not for new connections. Throws as `groupRoutes` does. */
export function interfaceRoutes(nic: Interface, externals: ExternalAddresses = {}): Route[] {
  const current = nic.addresses.filter(({ deprecated }) => !deprecated)
  return groupRoutes(
    current.map(({ ip }) => ip),
    externals,
  )
}

/**
 * Groups addresses and blocks by the external addresses they share.
 *
 * A global address that is not in `externals` is taken to be its own external one. Private ones
 * are taken to leave through one NAT together. Each IPv6 route also holds all link-local addresses,
 * which reach the peers next door whatever the external address is. Throws `NETIF_INVALID_ARGUMENT` for a malformed
 * address or block.
 */
export function groupRoutes(addresses: readonly string[], externals: ExternalAddresses = {}): Route[] {
  const ranges = addresses.map(parseIpRange).filter((range) => scopeOf(range.at(0)) !== 'host')
  return [...groupFamily('IPv4', ranges, externals), ...groupFamily('IPv6', ranges, externals)]
}

function groupFamily(family: Family, ranges: readonly IpRange[], externals: ExternalAddresses): Route[] {
  const own = ranges.filter((range) => range.family === family)
  const [beyond, onLink] = [own.filter((range) => !isOnLink(range)), own.filter(isOnLink).map(String)]
  const groups = new Map<string, Sighting[]>()
  for (const sighting of shareNat(beyond.map((range) => look(range, externals)))) {
    const key = sighting.external.toSorted().join(' ')
    groups.set(key, [...(groups.get(key) ?? []), sighting])
  }
  return [...groups.values()].map((group) => ({
    family,
    nicAddresses: [...group.map(({ address }) => address), ...(family === 'IPv6' ? onLink : [])],
    externalAddresses: group[0]?.external ?? [],
  }))
}

interface Sighting {
  readonly address: string
  readonly behindNat: boolean
  readonly external: readonly string[]
}

function look(range: IpRange, externals: ExternalAddresses): Sighting {
  const address = String(range)
  const behindNat = scopeOf(range.at(0)) === 'private'
  return { address, behindNat, external: externals[address] ?? (behindNat ? [] : [address]) }
}

/** Lends the one NAT that was seen to the private addresses nobody has looked at. */
function shareNat(sightings: readonly Sighting[]): Sighting[] {
  const known = sightings.filter(({ behindNat, external }) => behindNat && external.length > 0)
  const [first, ...others] = new Set(known.map(({ external }) => external.toSorted().join(' ')))
  if (first === undefined || others.length > 0) return [...sightings]
  const nat = known[0]?.external ?? []
  return sightings.map((one) =>
    one.behindNat && one.external.length === 0 ? { ...one, external: nat } : one,
  )
}

function isOnLink(range: IpRange): boolean {
  return scopeOf(range.at(0)) === 'link'
}
