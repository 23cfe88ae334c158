import type { TransportAddress } from './ip/transport-address.ts'
import type { Machine, Output } from './machine.ts'
import type { Clock } from './timing/clock.ts'
import type { UdpSocket } from './udp-socket.ts'

/** How the packets of a driven machine leave and arrive: a UDP socket, or a framing on a stream. */
export interface Channel {
  send(data: Uint8Array, to: TransportAddress): void
  /** Passes on what arrives until the function that it returns is called; `fail` ends the machine with an error. */
  listen(
    receive: (packet: Uint8Array, from: TransportAddress) => void,
    fail: (error: Error) => void,
  ): () => void
}

/**
 * Runs a protocol machine on a real or virtual socket until the machine finishes. Rejects with the error of the
 * machine, or with the reason of `signal`. No timer and no listener stays.
 */
export function drive<Result>(
  machine: Machine<Result>,
  socket: UdpSocket,
  clock: Clock,
  signal?: AbortSignal,
): Promise<Result> {
  const channel: Channel = {
    send: (data, to) => socket.send(data, to),
    listen: (receive) => socket.onMessage(receive),
  }
  return driveOver(machine, channel, clock, signal)
}

/** Runs a protocol machine like `drive`, on any channel, whose error ends the machine, too. */
export function driveOver<Result>(
  machine: Machine<Result>,
  channel: Channel,
  clock: Clock,
  signal?: AbortSignal,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    let isOver = false
    let cancelWake = () => {}
    let stopListening = () => {}
    const finish = (settle: () => void) => {
      isOver = true
      cancelWake()
      stopListening()
      signal?.removeEventListener('abort', abort)
      settle()
    }
    const fail = (error: Error) => finish(() => reject(error))
    const abort = () => fail(signal?.reason as Error)
    const wake = () => perform(machine.wake(clock.now()))
    const perform = (outputs: readonly Output<Result>[]) => {
      for (const output of outputs) {
        if (isOver) return
        switch (output.type) {
          case 'send':
            channel.send(output.data, output.to)
            break
          case 'wake':
            cancelWake()
            cancelWake = clock.at(output.at, wake)
            break
          case 'done':
            finish(() => resolve(output.result))
            break
          case 'fail':
            fail(output.error)
            break
        }
      }
    }
    if (signal?.aborted) return abort()
    signal?.addEventListener('abort', abort)
    stopListening = channel.listen(
      (packet, from) => perform(machine.receive(packet, from, clock.now())),
      fail,
    )
    // A channel that was closed before has failed by now.
    if (isOver) stopListening()
    else wake()
  })
}
