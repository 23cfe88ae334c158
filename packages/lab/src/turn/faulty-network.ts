import type { Network, UdpSocket } from '@p2pd/netif'

type ServerNetwork = Pick<Network, 'bindUdp' | 'listenTcp' | 'dial' | 'interfaces'>

/** The network of a server whose port gets nothing over UDP, as behind a firewall; its relays do. */
export function withoutUdpAt(port: number, network: ServerNetwork): ServerNetwork {
  return {
    interfaces: () => network.interfaces(),
    listenTcp: (options) => network.listenTcp(options),
    dial: (options) => network.dial(options),
    bindUdp: async (options) => {
      const socket = await network.bindUdp(options)
      return options.local.port === port ? deaf(socket) : socket
    },
  }
}

function deaf(socket: UdpSocket): UdpSocket {
  return {
    local: socket.local,
    send: (data, to) => socket.send(data, to),
    onMessage: () => () => {},
    close: () => socket.close(),
  }
}
