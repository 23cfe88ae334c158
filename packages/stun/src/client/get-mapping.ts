import type { Clock, Network, RandomBytes, TcpConnection, TransportAddress, UdpSocket } from '@p2pd/netif'
import { familyOf, withDeadline } from '@p2pd/netif'
import { bindingRequest, tcpBindingRequest } from './binding-request.ts'
import type { BindingResponse } from './binding.ts'
import { timedOut } from './transaction.ts'

/** The ports of the host: `@p2pd/netif/node`, or the virtual Internet of the lab. */
export interface MappingPorts {
  readonly network: Pick<Network, 'bindUdp' | 'dial'>
  readonly clock: Clock
  readonly random: RandomBytes
}

/** The mapping to get. */
export interface MappingOptions {
  readonly server: TransportAddress
  /** @default any address of the server's family, and a port of the system's choice */
  readonly local?: TransportAddress
  /** Leaves through this NIC. @default the routing table's choice */
  readonly interfaceName?: string
  readonly signal?: AbortSignal
  /** For the dial and the request together. @default 39500 */
  readonly timeoutMs?: number
}

/** An open UDP socket and its mapping. The caller closes the socket. */
export interface UdpMapping extends BindingResponse {
  readonly socket: UdpSocket
}

/** An open TCP connection to the server and its mapping. The caller closes the connection. */
export interface TcpMapping extends BindingResponse {
  readonly connection: TcpConnection
}

/** The time of a transaction, and for TCP of the dial before it. RFC 8489 §6.2. */
const TIMEOUT_MS = 39_500

function localAddress({ server, local }: MappingOptions): TransportAddress {
  return local ?? { ip: familyOf(server.ip) === 'IPv4' ? '0.0.0.0' : '::', port: 0 }
}

/**
 * Opens a UDP socket and asks the server for its mapping: local port (`socket.local`), `mapped` address and the open
 * socket. Throws as `bindingRequest` does, or a `NetifError`; then no socket stays open. RFC 8489 §2.
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
 * Connects to the server and asks for the mapping: local port (`connection.local`), `mapped` address and the open
 * connection. The connection holds the mapping while a TCP punch uses the port. Throws as `tcpBindingRequest` does,
 * or a `NetifError`; then no connection stays open. RFC 8489 §6.2.2.
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
  // A reset between two requests must not end the process; `close` follows it.
  connection.stream.on('error', () => {})
  return connection
}
