import { isDeepStrictEqual } from 'node:util'
import { provesTcp, type Reached } from '@p2pd/nat'
import { familyOf, NetifError, type Network, scopeOf, type TransportAddress } from '@p2pd/netif'

/** A network that notes by which protocols and families other machines were reached through it. */
export interface WatchedNetwork {
  readonly network: Pick<Network, 'bindUdp' | 'dial' | 'resolve'>
  /** Each way once. */
  readonly reached: readonly Reached[]
}

/** Watches a network. A connection that opens or is refused, and a datagram that comes in, show that packets come back. */
export function watchReached(network: WatchedNetwork['network']): WatchedNetwork {
  const reached: Reached[] = []
  const note = (protocol: Reached['protocol'], from: TransportAddress) => {
    // This host reaches itself in any network.
    if (scopeOf(from.ip) === 'host') return
    const webOnly = protocol === 'tcp' && !provesTcp(from)
    const way: Reached = { protocol, family: familyOf(from.ip), ...(webOnly && { webOnly }) }
    if (!reached.some((one) => isDeepStrictEqual(one, way))) reached.push(way)
  }
  return {
    reached,
    network: {
      resolve: (host, options) => network.resolve(host, options),
      dial: async (options) => {
        const noteRefusal = (error: unknown) => {
          if (error instanceof NetifError && error.code === 'NETIF_REFUSED') note('tcp', options.remote)
          throw error
        }
        const connection = await network.dial(options).catch(noteRefusal)
        note('tcp', connection.remote)
        return connection
      },
      bindUdp: async (options) => {
        const socket = await network.bindUdp(options)
        socket.onMessage((_, from) => note('udp', from))
        return socket
      },
    },
  }
}
