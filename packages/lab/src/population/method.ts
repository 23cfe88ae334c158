import type { Family } from '@p2pd/netif'
import { punchable } from '@p2pd/punch'
import type { PunchResult } from '../punching/run-punch.ts'
import type { PairReports } from './pair-reports.ts'

/** How two peers get a path without a relay. */
export const directStrategies = ['direct', 'reverse', 'tcp-punch', 'udp-punch'] as const
export type DirectStrategy = (typeof directStrategies)[number]

/** One way that a pair can try; all it has are tried at once. */
export interface Method {
  readonly strategy: DirectStrategy
  readonly family: Family
  /** How a punch is done. */
  readonly technique?: Exclude<PunchResult['technique'], 'impossible'>
}

/** Everything that a pair may try: what its NATs rule out costs nothing, and is not there. */
export function methodsOf({ caller, peer }: PairReports): Method[] {
  return caller.flatMap(({ family, protocol, report }, index) => {
    const other = peer[index]?.report
    if (other === undefined) return []
    const { technique } = punchable(report, other, protocol)
    return [
      ...(protocol === 'tcp' && other.type === 'open' ? [{ strategy: 'direct', family } as const] : []),
      ...(protocol === 'tcp' && report.type === 'open' ? [{ strategy: 'reverse', family } as const] : []),
      ...(technique === 'impossible' ? [] : [{ strategy: `${protocol}-punch`, family, technique } as const]),
    ]
  })
}
