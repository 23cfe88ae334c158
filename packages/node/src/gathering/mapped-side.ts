import type { Log } from '../runtime/runtime.ts'
import type { TransportAddress } from '@p2pd/netif'
import type { Base } from '../candidates/base.ts'
import { punchNatOf, type PreparePorts, type SideWanted } from './prepare-side.ts'
import type { PreparedSide } from './prepared-side.ts'

/** A UDP port that a gateway forwards to this host. */
export interface MappedUdpPort {
  readonly external: TransportAddress
  /** Calls back once, when the gateway no longer forwards it. */
  onLost(listener: () => void): void
  close(): void
}

/** Has the gateway of a base map a UDP port; undefined where it does not, or where nobody knows yet. Does not reject here. */
export type MapUdpPort = (base: Base, port: number) => Promise<MappedUdpPort | undefined>

/**
 * Prepares a side whose port the gateway has mapped: anyone reaches it, whatever the NAT does with other ports. Undefined
 * where there is nothing to gain: over TCP the mapped port is dialled, and some NATs filter nothing. After a failed
 * attempt the gateway is not believed.
 */
export async function prepareMappedSide(
  ports: PreparePorts,
  { base, protocol, report, keepAliveMs, failedAttempts }: SideWanted,
  mapUdpPort: MapUdpPort,
): Promise<PreparedSide | undefined> {
  const isOpen = report.mapping === 'endpoint-independent' && report.filtering === 'endpoint-independent'
  if (protocol === 'tcp' || isOpen || report.type === 'blocked' || failedAttempts > 0) return undefined
  const nic = base.interfaceName !== undefined && { interfaceName: base.interfaceName }
  const socket = await ports.bindUdp({ local: { ip: base.ip, port: 0 }, ...nic })
  const local = { ip: base.ip, port: socket.local.port }
  const mapped = await mapUdpPort(base, local.port)
  if (mapped === undefined) {
    socket.close()
    return undefined
  }
  const { external } = mapped
  const nat = {
    ...punchNatOf(report),
    type: 'full-cone',
    mapping: 'endpoint-independent',
    filtering: 'endpoint-independent',
    externalAddresses: [external.ip],
  } as const
  return {
    protocol,
    family: base.family,
    base,
    side: { nat, endpoints: [external], hosts: [local], locals: [local] },
    keepAliveMs,
    sockets: [socket],
    gatewayMapping: mapped,
    onLost: (listener) => mapped.onLost(listener),
    close: () => {
      socket.close()
      mapped.close()
    },
  }
}

/** A gateway that fails is as good as one that maps nothing. */
export function orLogged(mapUdpPort: MapUdpPort, log: Log | undefined): MapUdpPort {
  return async (base, port) => {
    try {
      return await mapUdpPort(base, port)
    } catch (error) {
      log?.('udp-port-not-mapped', { ip: base.ip, port, reason: (error as Error).message })
      return undefined
    }
  }
}
