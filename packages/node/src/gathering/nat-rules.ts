import type { NatReport } from '@p2pd/nat'
import { sameTransportAddress, type TransportAddress } from '@p2pd/netif'
import { portAssignmentOf, type PunchNat } from '@p2pd/punch'
import { punchNatOf } from './prepare-side.ts'
import type { PreparedSide } from './prepared-side.ts'

/** Lifetimes below twice this were not seen in the field. A NAT that drops mappings sooner drops them in any case. */
export const MIN_REFRESH_MS = 5000

/** Whether several punches can use the side at once: its description is only the port range of the NAT. */
export function isReusable({ side }: PreparedSide): boolean {
  return portAssignmentOf(side.nat) === 'random' || side.nat.type === 'blocked'
}

/** Whether one mapping serves every peer. */
export function isReused(report: NatReport): boolean {
  return portAssignmentOf(punchNatOf(report)) === 'reused'
}

/** Whether two reports of one NAT lead to the same punches. */
export function isAlike(a: NatReport, b: NatReport): boolean {
  const [one, other] = [a, b].map((report) => {
    const { portRange, ...nat } = punchNatOf(report)
    return JSON.stringify(portAssignmentOf(nat as PunchNat) === 'random' ? { ...nat, portRange } : nat)
  })
  return one === other
}

/** Twice in a measured lifetime; else the interval at which the NAT has kept mappings so far. */
export function keepAliveOf(report: NatReport | undefined, refreshMs: number): number {
  const { mappingLifetimeMs } = report ?? {}
  return mappingLifetimeMs === undefined ? refreshMs : Math.max(MIN_REFRESH_MS, mappingLifetimeMs / 2)
}

/** Whether no STUN server has answered the discovery: then none answers anything else either. */
export function isUnanswered({ assumed, type }: NatReport): boolean {
  return assumed === true || type === 'blocked'
}

/** Whether the mapping of a side is the one that a server sees. */
export function isAt({ side: { endpoints } }: PreparedSide, external: TransportAddress): boolean {
  return endpoints.some((endpoint) => sameTransportAddress(endpoint, external))
}
