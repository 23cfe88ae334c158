import type { ByteStream, Clock, Network, TransportAddress, UdpSocket } from '@p2pd/netif'
import { type Udx, UdxError } from '@p2pd/udx'
import { SelectiveRepeatStream, TAG } from './selective-repeat.ts'

/** As many as the real one keeps. */
const MAX_EARLY = 16

/** udx in the virtual Internet: `UdpSocket`s and streams over them, in virtual time. */
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
    openStream: async (socket, { remote, signal }) => {
      const takeEarly = early.get(socket)
      if (takeEarly === undefined) throw new UdxError('UDX_INVALID_ARGUMENT', 'another’s socket')
      if (signal?.aborted) throw new UdxError('UDX_ABORTED', 'given up', { cause: signal.reason })
      return virtualUdpStream(socket, remote, clock, takeEarly())
    },
  }
}

/**
 * In place of udx where time is virtual: a stream over a socket that others use for datagrams, and that closes with
 * it. `early` is what came before. No round trip is needed.
 */
export function virtualUdpStream(
  socket: UdpSocket,
  remote: TransportAddress,
  clock: Clock,
  early: readonly (readonly [Uint8Array, TransportAddress])[] = [],
): ByteStream {
  const stream = new SelectiveRepeatStream(socket, remote, clock)
  for (const [data, from] of early) stream.receive(data, from)
  return stream
}
