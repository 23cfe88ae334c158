import { type NatReport, natTypeOf, reportByHand } from '@p2pd/nat'
import { type BoxSettings, boxBehaviourOf, defaultPorts, type NatSettings } from '../nat/settings.ts'

/** A report with the size of the port blocks that the NAT assigns to a host. RFC 7422. */
export interface BoxReport extends NatReport {
  /** Ports in a block, or 0 for no blocks. */
  readonly blockSize: number
}

/** The report of a box for one protocol by a discovery without mistakes. docs/nat.md has the rate of mistakes. */
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
  const { mapping, filtering, delta } = boxBehaviourOf(settings, protocol)
  const { range, blockSize, pooling, parity, splitAddresses } = { ...defaultPorts, ...settings.ports }
  if (isBlocked(settings, protocol)) return blockedReport(externalAddresses)
  const own = splitAddresses ? halfOf(externalAddresses, protocol) : externalAddresses
  const report = reportByHand({
    type: natTypeOf({ blocked: false, untranslated: false, mapping, filtering }),
    mapping,
    filtering,
    delta: { type: delta.type, value: delta.value ?? (delta.type === 'equal' ? 0 : 1) },
    portRange: range,
    pooledAddresses: pooling === 'arbitrary' && own.length > 1,
    externalAddresses: own,
    parity,
  })
  return { ...report, blockSize }
}

/** The addresses of one protocol, where the box splits them. */
function halfOf(addresses: readonly string[], protocol: 'udp' | 'tcp'): readonly string[] {
  const half = Math.ceil(addresses.length / 2)
  return protocol === 'udp' ? addresses.slice(0, half) : addresses.slice(half)
}

function isBlocked({ traffic }: Pick<NatSettings, 'traffic'>, protocol: 'udp' | 'tcp'): boolean {
  const { passes = 'everything' } = traffic ?? {}
  return passes === 'web-only' || passes === `no-${protocol}`
}

/** The external address may still be known, from another protocol or from a peer on the same network. */
function blockedReport(externalAddresses: readonly string[]): BoxReport {
  return { ...reportByHand({ type: 'blocked', externalAddresses }), blockSize: 0 }
}
