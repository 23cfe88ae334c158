import { type Clock, familyOf, type Network, type RandomBytes, type UdpSocket } from '@p2pd/netif'
import { bindingRequest } from '@p2pd/stun'
import { askServers, type ExternalMapping, type MapOptions, SERVER_TIMEOUT_MS } from './ask-servers.ts'

/** The ports of the host that mapping a UDP socket needs. */
export interface MapUdpPorts {
  readonly network: Pick<Network, 'resolve'>
  readonly clock: Clock
  readonly random: RandomBytes
}

/** The socket to map. */
export interface MapUdpOptions extends MapOptions {
  readonly socket: UdpSocket
}

/**
 * Asks for the mapping of an open UDP socket, which stays open and may carry other traffic. A dead server costs one
 * staggered start. Throws `NAT_NO_ANSWER` or `NAT_NO_SERVER`. RFC 8489 §2.
 */
export async function mapUdpSocket(ports: MapUdpPorts, options: MapUdpOptions): Promise<ExternalMapping> {
  const { socket } = options
  const { clock, random } = ports
  const { external, server, rttMs } = await askServers(ports, options, {
    protocol: 'udp',
    family: familyOf(socket.local.ip),
    ask: (address, signal) =>
      bindingRequest({ server: address, socket, clock, random, signal, timeoutMs: SERVER_TIMEOUT_MS }),
    discard: () => {},
  })
  return { external, server, rttMs }
}
