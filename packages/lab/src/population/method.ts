import { punchable } from '@p2pd/nat'
import type { Family } from '@p2pd/netif'
import type { PunchResult } from '../meeting/meet.ts'
import { reportOf } from '../meeting/nat-report.ts'
import type { BoxSettings } from '../nat/settings.ts'
import type { PeerPair } from './pair.ts'
import type { Peer } from './peer.ts'

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

/** What `@p2pd/nat` calls the techniques of `@p2pd/punch`. */
const TECHNIQUES = {
  'known-mapping': 'known-mappings',
  'open-then-listen': 'open-then-listen',
  'port-window': 'window',
  birthday: 'birthday',
} as const

/** Two addresses that are not the same. */
const ANY_ADDRESSES = ['5.5.0.1', '5.5.0.2'] as const

/** Everything that a pair may try: what its NATs rule out costs nothing, and is not there. */
export function methodsOf({ caller, peer }: PeerPair): Method[] {
  const families: readonly Family[] = caller.ipv6 && peer.ipv6 ? ['IPv4', 'IPv6'] : ['IPv4']
  return families.flatMap((family) => {
    const [a, b] = [boxTowards(caller, family), boxTowards(peer, family)]
    return [
      ...(b.kind === 'open' ? [{ strategy: 'direct', family } as const] : []),
      ...(a.kind === 'open' ? [{ strategy: 'reverse', family } as const] : []),
      ...(['tcp', 'udp'] as const).flatMap((protocol) => {
        const { technique } = punchable(
          reportOf(a, protocol, [ANY_ADDRESSES[0]]),
          reportOf(b, protocol, [ANY_ADDRESSES[1]]),
          protocol,
        )
        if (technique === 'relay') return []
        return [{ strategy: `${protocol}-punch`, family, technique: TECHNIQUES[technique] } as const]
      }),
    ]
  })
}

/** What stands between a peer and the Internet: IPv6 is not translated, but it has a firewall. RFC 6092. */
export function boxTowards({ settings }: Peer, family: Family): BoxSettings {
  if (family === 'IPv4' || settings.kind === 'open' || settings.kind === 'firewall') return settings
  const { traffic } = settings
  return { kind: 'firewall', ...(traffic && { traffic }) }
}
