import { sameTransportAddress, type TransportAddress, type UdpSocket } from '@p2pd/netif'
import { systemNetwork } from '@p2pd/netif/node'
import type { UdxSocket } from './udx-socket.ts'

/** Both sockets of a bridge are on this host, and nobody else's packets get there. */
export const LOOPBACK = '127.0.0.1'

/** Joins a socket that udx-native cannot use, such as one on a TURN server, with one of udx by loopback. */
export interface SocketBridge {
  /** Where the socket of udx sends to. */
  readonly local: TransportAddress
  /** Passes packets on between the two, until the socket of udx closes; then the other one closes too. */
  serve(inner: UdxSocket): void
  close(): void
}

/** Opens the loopback end that stands for `remote` as `outer` sees it. */
export async function bridgeSocket(outer: UdpSocket, remote: TransportAddress): Promise<SocketBridge> {
  const end = await systemNetwork.bindUdp({ local: { ip: LOOPBACK, port: 0 } })
  let stop = () => {}
  const close = () => {
    stop()
    end.close()
  }
  const serve = (inner: UdxSocket) => {
    end.onMessage((data, from) => {
      if (sameTransportAddress(from, inner.local)) outer.send(data, remote)
    })
    stop = outer.onMessage((data, from) => {
      if (sameTransportAddress(from, remote)) end.send(data, inner.local)
    })
    inner.onClosed(() => {
      close()
      outer.close()
    })
  }
  return { local: end.local, serve, close }
}
