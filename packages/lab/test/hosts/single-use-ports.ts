import { NetifError, type Network, type TransportAddress } from '@p2pd/netif'

/** A network as on macOS and Windows: each local TCP port serves one dial, connection or listener at a time. */
export function singleUsePorts(network: Network): Network {
  const taken = new Set<number>()
  const take = ({ port }: TransportAddress) => {
    if (port === 0) return
    if (taken.has(port)) throw new NetifError('NETIF_ADDRESS_IN_USE', `port ${port}: EADDRINUSE`)
    taken.add(port)
  }
  const free = ({ port }: TransportAddress) => void taken.delete(port)
  return {
    reusesTcpPorts: false,
    interfaces: () => network.interfaces(),
    resolve: (host, options) => network.resolve(host, options),
    bindUdp: (options) => network.bindUdp(options),
    dial: async (options) => {
      const { local = { ip: '0.0.0.0', port: 0 } } = options
      take(local)
      try {
        const connection = await network.dial(options)
        connection.stream.once('close', () => free(local))
        return connection
      } catch (error) {
        free(local)
        throw error
      }
    },
    listenTcp: async (options) => {
      take(options.local)
      const listener = await network.listenTcp(options)
      const close = async () => {
        free(options.local)
        await listener.close()
      }
      return { local: listener.local, onConnection: (accept) => listener.onConnection(accept), close }
    },
  }
}
