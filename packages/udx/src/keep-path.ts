import { type Clock, sameTransportAddress, type TransportAddress, type UdpSocket } from '@p2pd/netif'
import { KeepAlive } from './keep-alive.ts'

/** A keep-alive is one byte: 0xe8 asks, 0xe9 answers. RFC 7983 §7 gives neither value to a protocol. */
const PROBE = Uint8Array.of(0xe8)
const ANSWER = Uint8Array.of(0xe9)

/** The path to keep open, and the callback for its end. */
export interface KeptPath {
  readonly socket: UdpSocket
  readonly remote: TransportAddress
  readonly clock: Clock
  readonly intervalMs: number
  /** A counter of packets that `socket.onMessage` does not see. @default always 0 */
  readonly received?: () => number
  /** Called once, when the other end has not answered for the interval and 30 s. */
  readonly onGone: () => void
}

/** Sends keep-alives and answers those of the other end, until `onGone` or a call of the returned function. */
export function keepPath({ socket, remote, clock, intervalMs, received, onGone }: KeptPath): () => void {
  const machine = new KeepAlive(intervalMs, clock.now())
  let seen = received?.() ?? 0
  let cancelWake = () => {}

  const stopListening = socket.onMessage((data, from) => {
    if (!sameTransportAddress(from, remote)) return
    machine.receive()
    if (data.length === 1 && data[0] === PROBE[0]) socket.send(ANSWER, remote)
  })
  const stop = () => {
    cancelWake()
    stopListening()
  }

  function wake(): void {
    const count = received?.() ?? 0
    if (count !== seen) machine.receive()
    seen = count
    for (const output of machine.wake(clock.now())) {
      switch (output.type) {
        case 'probe':
          socket.send(PROBE, remote)
          break
        case 'wake':
          cancelWake = clock.at(output.at, wake)
          break
        case 'gone':
          stop()
          onGone()
          break
      }
    }
  }
  wake()
  return stop
}
