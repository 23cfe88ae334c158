import type { Clock, Network, RandomBytes, TcpConnection, TransportAddress, UdpSocket } from '@p2pd/netif'
import { familyOf, withDeadline } from '@p2pd/netif'
import { bindingRequest, tcpBindingRequest } from './binding-request.ts'
import type { BindingResponse } from './binding.ts'
import { timedOut } from './transaction.ts'

/** What the host lends: `@p2pd/netif/node` in the real world, a virtual Internet in the lab. */
export interface MappingPorts {
  readonly network: Pick<Network, 'bindUdp' | 'dial'>
  readonly clock: Clock
  readonly random: RandomBytes
}

/** Which mapping to get. */
export interface MappingOptions {
  readonly server: TransportAddress
  /** @default any address of the server's family, and a port of the system's choice */
  readonly local?: TransportAddress
  /** Leaves through this NIC. @default the routing table's choice */
  readonly interfaceName?: string
  readonly signal?: AbortSignal
  /** For connecting and asking together. @default 39500 */
  readonly timeoutMs?: number
}

/** An open UDP socket, and where the server saw it. Closing the socket is the caller's. */
export interface UdpMapping extends BindingResponse {
  readonly socket: UdpSocket
}

/** An open TCP connection to the server, and where the server saw it. Closing it is the caller's. */
export interface TcpMapping extends BindingResponse {
  readonly connection: TcpConnection
}

/** The time of a transaction, and for TCP of the dial before it. RFC 8489 §6.2. */
const TIMEOUT_MS = 39_500

function localAddress({ server, local }: MappingOptions): TransportAddress {
  return local ?? { ip: familyOf(server.ip) === 'IPv4' ? '0.0.0.0' : '::', port: 0 }
}

/**
 * Opens a UDP socket and asks the server for its mapping: local port (`socket.local`), `mapped`
 * address and the open socket. When this fails nothing stays open. RFC 8489 §2.
 */
export async function getUdpMapping(ports: MappingPorts, options: MappingOptions): Promise<UdpMapping> {
  const { interfaceName, ...request } = options
  const local = localAddress(options)
  const socket = await ports.network.bindUdp({ local, ...(interfaceName !== undefined && { interfaceName }) })
  try {
    return { socket, ...(await bindingRequest({ ...request, ...ports, socket })) }
  } catch (error) {
    socket.close()
    throw error
  }
}

/**
 * Connects to the server and asks it for the mapping: local port (`connection.local`), `mapped`
 * address and the open connection, which holds the mapping while a TCP punch uses the port. When
 * this fails nothing stays open. RFC 8489 §6.2.2.
 */
export async function getTcpMapping(ports: MappingPorts, options: MappingOptions): Promise<TcpMapping> {
  const { server, signal, timeoutMs = TIMEOUT_MS } = options
  const { clock, random } = ports
  const deadline = { clock, timeoutMs, signal, timedOut: () => timedOut(server) }
  return withDeadline(deadline, async (ended) => {
    const connection = await dial(ports, options, ended)
    try {
      return {
        connection,
        ...(await tcpBindingRequest({ connection, clock, random, signal: ended, timeoutMs })),
      }
    } catch (error) {
      connection.stream.destroy()
      throw error
    }
  })
}

async function dial(
  { network }: MappingPorts,
  options: MappingOptions,
  signal: AbortSignal,
): Promise<TcpConnection> {
  const { server, interfaceName } = options
  const connection = await network.dial({
    remote: server,
    signal,
    // Bound before it connects, so that the port can be dialled from and listened on again.
    local: localAddress(options),
    ...(interfaceName !== undefined && { interfaceName }),
  })
  // A reset while nobody asks must not end the process; `close` follows it.
  connection.stream.on('error', () => {})
  return connection
}
