import type { ByteStream, Clock, Network, TransportAddress, UdpSocket } from '@p2pd/netif'
import { type Udx, UdxError } from '@p2pd/udx'
import { SelectiveRepeatStream, TAG } from './selective-repeat.ts'

/** The number of early packets that @p2pd/udx keeps. */
const MAX_EARLY = 16

/** udx in the virtual Internet: UDP sockets and streams over them, in virtual time. */
export function virtualUdx(network: Pick<Network, 'bindUdp'>, clock: Clock): Udx {
  const early = new WeakMap<UdpSocket, () => (readonly [Uint8Array, TransportAddress])[]>()
  return {
    bindUdp: async (options) => {
      const socket = await network.bindUdp(options)
      const kept: (readonly [Uint8Array, TransportAddress])[] = []
      const stop = socket.onMessage((data, from) => {
        if (data[0] === TAG && kept.length < MAX_EARLY) kept.push([data.slice(), from])
      })
      early.set(socket, () => (stop(), kept.splice(0)))
      return socket
    },
    openStream: async (socket, { remote, keepAliveMs, signal }) => {
      // A relayed socket was not bound here.
      const takeEarly = early.get(socket) ?? (() => [])
      if (signal?.aborted) throw new UdxError('UDX_ABORTED', 'given up', { cause: signal.reason })
      return virtualUdpStream(socket, remote, clock, { early: takeEarly(), keepAliveMs })
    },
  }
}

/**
 * Replaces udx in virtual time: a stream over a socket that also carries datagrams and closes with the stream.
 * `early` holds the packets that came before, and `keepAliveMs` is the interval of its probes. It needs no round trip.
 */
export function virtualUdpStream(
  socket: UdpSocket,
  remote: TransportAddress,
  clock: Clock,
  {
    early = [],
    keepAliveMs,
  }: {
    readonly early?: readonly (readonly [Uint8Array, TransportAddress])[]
    readonly keepAliveMs?: number | undefined
  } = {},
): ByteStream {
  const stream = new SelectiveRepeatStream(socket, remote, clock, keepAliveMs)
  for (const [data, from] of early) stream.receive(data, from)
  return stream
}
