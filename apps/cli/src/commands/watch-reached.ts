import type { Reached } from '@p2pd/nat'
import { familyOf, type Network, scopeOf } from '@p2pd/netif'

/** A network that notes by which protocols and families other machines were reached through it. */
export interface WatchedNetwork {
  readonly network: Pick<Network, 'bindUdp' | 'dial' | 'resolve'>
  /** Each way once. */
  readonly reached: readonly Reached[]
}

/** Watches a network: a connection that opens, or a datagram that comes in, shows that the protocol is not blocked. */
export function watchReached(network: WatchedNetwork['network']): WatchedNetwork {
  const reached: Reached[] = []
  const note = (protocol: Reached['protocol'], ip: string) => {
    const family = familyOf(ip)
    // This host reaches itself in any network.
    if (scopeOf(ip) === 'host') return
    if (!reached.some((one) => one.protocol === protocol && one.family === family))
      reached.push({ protocol, family })
  }
  return {
    reached,
    network: {
      resolve: (host, options) => network.resolve(host, options),
      dial: async (options) => {
        const connection = await network.dial(options)
        note('tcp', connection.remote.ip)
        return connection
      },
      bindUdp: async (options) => {
        const socket = await network.bindUdp(options)
        socket.onMessage((_, from) => note('udp', from.ip))
        return socket
      },
    },
  }
}
