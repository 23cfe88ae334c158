import type { Family } from '@p2pd/netif'
import { punchable } from '@p2pd/punch'
import type { PunchResult } from '../punching/run-punch.ts'
import type { PeerPair } from './pair.ts'
import type { PairReports } from './pair-reports.ts'
import type { GatewayProtocol, Peer } from './peer.ts'

/** The strategies that give two peers a path without a relay. */
export const directStrategies = ['direct', 'reverse', 'tcp-punch', 'udp-punch'] as const
export type DirectStrategy = (typeof directStrategies)[number]

/** When a call allocates: as it begins, or when no other path was found within a second or can be. */
export type RelayTiming = 'early' | 'last'
export const relayPolicies: readonly RelayTiming[] = ['early', 'last']

/** A strategy over one family. A pair tries all of its methods at once. */
export interface ConnectMethod {
  readonly strategy: DirectStrategy
  readonly family: Family
  /** The protocols by which a router maps the port that is dialled; undefined for other ports. */
  readonly mapped?: readonly GatewayProtocol[]
  /** The technique of a punch. */
  readonly technique?: Exclude<PunchResult['technique'], 'impossible'>
}

/** The methods that a pair tries, without those that its NATs rule out. */
export function methodsOf(reports: PairReports, pair: Pick<PeerPair, 'caller' | 'peer'>): ConnectMethod[] {
  return [...plainMethods(reports), ...mappedMethods(pair)]
}

/** A router that maps ports makes its host reachable over IPv4. Behind a second NAT the mapping is of no use. */
function mappedMethods({ caller, peer }: Pick<PeerPair, 'caller' | 'peer'>): ConnectMethod[] {
  const reachable = ({ portMapping, inner }: Peer) => portMapping.length > 0 && inner === undefined
  return [
    ...(reachable(peer) ? [{ strategy: 'direct', family: 'IPv4', mapped: peer.portMapping } as const] : []),
    ...(reachable(caller)
      ? [{ strategy: 'reverse', family: 'IPv4', mapped: caller.portMapping } as const]
      : []),
  ]
}

function plainMethods({ caller, peer }: PairReports): ConnectMethod[] {
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
