import { systemNetwork, systemRandom } from '@p2pd/netif/node'
import { type GatewayPolicy, type LeaseStore, openPortMapper, type PortMapper } from '@p2pd/portmap'
import { systemPorts } from '@p2pd/portmap/node'
import type { Interface } from '@p2pd/netif'
import { askGateways, type MappingLine } from './ask-gateways.ts'

/** The gateways to ask; a test brings its own. */
export interface Gateways {
  readonly interfaces: () => Promise<readonly Interface[]>
  readonly policy?: Partial<GatewayPolicy>
}

/** Those of this machine's NICs. */
export const systemGateways: Gateways = { interfaces: () => systemNetwork.interfaces() }

/** Opens a mapper for one command. */
export function openMapper(
  { policy }: Gateways,
  log: (event: string, fields: object) => void,
  store?: LeaseStore,
): Promise<PortMapper> {
  return openPortMapper(systemPorts, { log, ...(policy && { policy }), ...(store && { store }) })
}

/** A port that hardly any program listens on. RFC 6335 §6. */
export function probePort(): number {
  const [high = 0, low = 0] = systemRandom(2)
  return 49_152 + (((high << 8) | low) % 16_384)
}

/** Asks for a port of no use and gives it back: which gateways map ports? */
export async function checkGateways(
  gateways: Gateways,
  log: (event: string, fields: object) => void,
): Promise<{ readonly portmap: readonly MappingLine[]; readonly portmapReason?: string }> {
  const mapper = await openMapper(gateways, log)
  try {
    const wanted = { port: probePort(), transports: ['tcp'] } as const
    const { mappings, reasons } = await askGateways(mapper, await gateways.interfaces(), wanted)
    return { portmap: mappings, ...(reasons.length > 0 && { portmapReason: reasons.join('; ') }) }
  } finally {
    await mapper.close()
  }
}
