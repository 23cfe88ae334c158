import type { NatReport } from '@p2pd/nat'
import type { Family } from '@p2pd/netif'
import type { BoxBehaviour, BoxSettings, DeltaSettingType, TrafficSettings } from '../nat/settings.ts'

/** The facts of a NAT report that a box is made from; a report of a bundle without addresses has them too. */
export type ReportedNat = Pick<NatReport, 'type' | 'mapping' | 'filtering' | 'delta'> &
  Partial<Pick<NatReport, 'portRange' | 'pooledAddresses' | 'hairpin' | 'externalAddresses'>>

/** The NAT of one family and protocol, as a node or `netcheck` reports it. */
export interface ReportedBox {
  readonly family: Family
  readonly protocol: 'udp' | 'tcp'
  readonly report: ReportedNat
}

/** A pool in the laboratory needs no more addresses than a peer can guess among. */
const MOST_ADDRESSES = 16

/**
 * Settings of a box that behaves as two reports say, one for each protocol. Unknown mappings count as endpoint-independent and
 * unknown filters as strict, as nodes take them. RFC 4787 §4, §5.
 */
export function settingsOfReports(udp: ReportedNat, tcp: ReportedNat): BoxSettings {
  if (udp.type === 'open' && tcp.type === 'open') return { kind: 'open' }
  const traffic = trafficOf(udp, tcp)
  if (isUntranslated(udp) && isUntranslated(tcp))
    return { kind: 'firewall', filtering: filteringOf(udp), tcp: { filtering: filteringOf(tcp) }, ...traffic }
  const open = tcp.type === 'blocked' ? udp : tcp
  const {
    portRange,
    pooledAddresses = false,
    externalAddresses = [],
    hairpin = false,
  } = udp.type === 'blocked' ? tcp : udp
  return {
    ...boxBehaviourOf(udp.type === 'blocked' ? tcp : udp),
    tcp: boxBehaviourOf(open),
    hairpinning: hairpin,
    ports: {
      ...(portRange && { range: portRange }),
      ...(pooledAddresses && {
        pooling: 'arbitrary' as const,
        addresses: Math.min(MOST_ADDRESSES, Math.max(2, externalAddresses.length)),
      }),
    },
    ...traffic,
  }
}

function boxBehaviourOf({
  mapping,
  filtering,
  delta: { type, value },
  ...report
}: ReportedNat): BoxBehaviour {
  const delta: DeltaSettingType = type === 'not-applicable' ? 'equal' : type
  return {
    mapping: mapping === 'unknown' ? 'endpoint-independent' : mapping,
    filtering: filteringOf({ filtering, ...report }),
    delta: delta === 'equal' || delta === 'random' ? { type: delta } : { type: delta, value },
  }
}

function filteringOf({
  type,
  filtering,
}: Pick<ReportedNat, 'type' | 'filtering'>): BoxBehaviour['filtering'] {
  if (type === 'open') return 'endpoint-independent'
  return filtering === 'unknown' ? 'address-and-port-dependent' : filtering
}

function isUntranslated({ type }: ReportedNat): boolean {
  return type === 'open' || type === 'udp-firewall' || type === 'blocked'
}

function trafficOf(udp: ReportedNat, tcp: ReportedNat): { traffic?: Partial<TrafficSettings> } {
  if (tcp.type === 'blocked') return { traffic: { passes: 'web-only' } }
  return udp.type === 'blocked' ? { traffic: { passes: 'no-udp' } } : {}
}
