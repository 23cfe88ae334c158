import { type NatReport, natTypeOf, reportByHand } from '@p2pd/nat'
import { type BoxSettings, behaviourOf, defaultPorts, type NatSettings } from '../nat/settings.ts'

/** A report with what a count of ports tells beside: how many the NAT sets aside for a host at a time. RFC 7422. */
export interface BoxReport extends NatReport {
  /** 0 for none. */
  readonly blockSize: number
}

/** What a discovery reports of a box, for one protocol, when it makes no mistake; docs/nat.md has how seldom it does. */
export function reportOf(
  settings: BoxSettings,
  protocol: 'udp' | 'tcp',
  externalAddresses: readonly string[],
): BoxReport {
  switch (settings.kind) {
    case 'open':
      return { ...reportByHand({ type: 'open', externalAddresses }), blockSize: 0 }
    case 'firewall': {
      if (isBlocked(settings, protocol)) return blockedReport(externalAddresses)
      const filtering = (protocol === 'tcp' && settings.tcp?.filtering) || settings.filtering
      const type = filtering === 'endpoint-independent' ? 'open' : 'udp-firewall'
      const report = reportByHand({ type, externalAddresses, ...(filtering && { filtering }) })
      return { ...report, blockSize: 0 }
    }
    default:
      return natReportOf(settings, protocol, externalAddresses)
  }
}

function natReportOf(
  settings: NatSettings,
  protocol: 'udp' | 'tcp',
  externalAddresses: readonly string[],
): BoxReport {
  const { mapping, filtering, delta } = behaviourOf(settings, protocol)
  const { range, blockSize, pooling, parity } = { ...defaultPorts, ...settings.ports }
  if (isBlocked(settings, protocol)) return blockedReport(externalAddresses)
  const report = reportByHand({
    type: natTypeOf({ blocked: false, untranslated: false, mapping, filtering }),
    mapping,
    filtering,
    delta: { type: delta.type, value: delta.value ?? (delta.type === 'equal' ? 0 : 1) },
    portRange: range,
    pooledAddresses: pooling === 'arbitrary' && externalAddresses.length > 1,
    externalAddresses,
    parity,
  })
  return { ...report, blockSize }
}

function isBlocked({ traffic }: Pick<NatSettings, 'traffic'>, protocol: 'udp' | 'tcp'): boolean {
  const { passes = 'everything' } = traffic ?? {}
  return passes === 'web-only' || (passes === 'no-udp' && protocol === 'udp')
}

/** The address is known all the same: another protocol, or a peer on the same network, may have told it. */
function blockedReport(externalAddresses: readonly string[]): BoxReport {
  return { ...reportByHand({ type: 'blocked', externalAddresses }), blockSize: 0 }
}
