import {
  type Clock,
  familyOf,
  type Network,
  type RandomBytes,
  type TcpConnection,
  type TransportAddress,
} from '@p2pd/netif'
import { getTcpMapping, type TcpMapping } from '@p2pd/stun'
import { askServers, type ExternalMapping, type MapOptions, SERVER_TIMEOUT_MS } from './ask-servers.ts'

/** The ports of the host that mapping a TCP port needs. */
export interface MapTcpPorts {
  readonly network: Pick<Network, 'dial' | 'bindUdp' | 'resolve'>
  readonly clock: Clock
  readonly random: RandomBytes
}

/** The port to map. */
export interface MapTcpOptions extends MapOptions {
  /** Port 0 lets the system choose; `connection.local` then has the port. */
  readonly local: TransportAddress
  /** Leaves through this NIC. @default the routing table's choice */
  readonly interfaceName?: string
}

/** The mapping of a TCP port. It lives as long as the connection to the server. */
export interface TcpPortMapping extends ExternalMapping {
  readonly connection: TcpConnection
  close(): void
}

/**
 * Connects to a STUN server from a local port and asks for the mapping of the port. The connection stays open until
 * `close()`, as its FIN could end the mapping. Throws `NAT_NO_ANSWER` or `NAT_NO_SERVER`. RFC 8489 §6.2.2.
 */
export async function mapTcpPort(ports: MapTcpPorts, options: MapTcpOptions): Promise<TcpPortMapping> {
  const { local, interfaceName } = options
  const nic = interfaceName === undefined ? {} : { interfaceName }
  const mapping = await askServers<TcpMapping>(ports, options, {
    protocol: 'tcp',
    family: familyOf(local.ip),
    ask: (server, signal) =>
      getTcpMapping(ports, { server, local, signal, timeoutMs: SERVER_TIMEOUT_MS, ...nic }),
    discard: close,
  })
  const { connection, external, server, rttMs } = mapping
  return { connection, external, server, rttMs, close: () => close(mapping) }
}

function close({ connection }: Pick<TcpPortMapping, 'connection'>): void {
  connection.stream.destroy()
}
