import type { Network, TcpListener, TransportAddress, UdpSocket } from '@p2pd/netif'
import { type Bound, bindPort, named } from './bind-port.ts'

/** The part of a network that a STUN server uses. */
export type StunNetwork = Pick<Network, 'bindUdp' | 'dial' | 'listenTcp' | 'interfaces'>

/** One address of a server: the same port over UDP and TCP. */
export interface StunSockets extends Bound {
  readonly udp: UdpSocket
  readonly tcp: TcpListener
  /** The address with neither the ip nor the port of this one, where the server has one. RFC 5780 §6.1. */
  readonly other: TransportAddress | undefined
}

/** The ports to bind. */
export interface StunPorts {
  readonly port: number
  readonly alternatePort: number
}

async function bindStun(network: StunNetwork, { ip, port }: TransportAddress): Promise<StunSockets> {
  const udp = await named('STUN over UDP', { ip, port }, network.bindUdp({ local: { ip, port } }))
  const local = { ip, port: udp.local.port }
  try {
    const tcp = await named('STUN over TCP', local, network.listenTcp({ local }))
    const close = () => {
      udp.close()
      return tcp.close()
    }
    return { local, udp, tcp, other: undefined, close }
  } catch (error) {
    udp.close()
    throw error
  }
}

/**
 * Binds the sockets of a server: the port on every host, and the alternate port where a family has
 * two hosts. RFC 5780 §6.1.
 */
export async function bindStunSockets(
  network: StunNetwork,
  families: readonly (readonly string[])[],
  { port, alternatePort }: StunPorts,
): Promise<StunSockets[]> {
  const bind = (local: TransportAddress) => bindStun(network, local)
  const primary = await bindPort(families.flat(), port, bind)
  const pairs = families.filter((hosts) => hosts.length === 2)
  if (pairs.length === 0) return primary
  try {
    const alternate = await bindPort(pairs.flat(), alternatePort, bind)
    const all = [...primary, ...alternate]
    return all.map((sockets) => ({ ...sockets, other: otherAddress(sockets.local, all, pairs) }))
  } catch (error) {
    await Promise.all(primary.map((sockets) => sockets.close()))
    throw error
  }
}

function otherAddress(
  { ip, port }: TransportAddress,
  all: readonly StunSockets[],
  pairs: readonly (readonly string[])[],
): TransportAddress | undefined {
  const otherIp = pairs.find((hosts) => hosts.includes(ip))?.find((host) => host !== ip)
  return all.map(({ local }) => local).find((local) => local.ip === otherIp && local.port !== port)
}
