import { type Family, familyOf, scopeOf } from '@p2pd/netif'
import type { RelayFamilies } from '@p2pd/turn'
import type { PeerKnowledge } from '../peer-knowledge.ts'

/**
 * The families of the relayed addresses that a peer can reach: those of its own addresses. Both while the peer has not
 * announced any. An IPv6 address that is not global does not lead to a relay; a private IPv4 address does, by a NAT.
 */
export function peerFamilies({
  candidates,
  checklists,
  isDescribed,
}: Pick<PeerKnowledge, 'candidates' | 'checklists' | 'isDescribed'>): RelayFamilies {
  if (!isDescribed) return 'both'
  const sides = checklists.flatMap(({ pairs }) => pairs.flatMap(({ remote }) => remote.nat.externalAddresses))
  const ips = [...sides, ...candidates.map(({ ip }) => ip)]
  const families = new Set<Family>(ips.filter(leadsOut).map(familyOf))
  const [only] = families
  return only === undefined || families.size > 1 ? 'both' : only
}

function leadsOut(ip: string): boolean {
  return familyOf(ip) === 'IPv4' || scopeOf(ip) === 'global'
}
