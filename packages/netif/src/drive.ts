import type { Clock } from './timing/clock.ts'
import type { Machine, Output } from './machine.ts'
import type { UdpSocket } from './udp-socket.ts'

/** Runs a protocol machine on a real or virtual socket until it finishes or `signal` aborts it. */
export function drive<Result>(
  machine: Machine<Result>,
  socket: UdpSocket,
  clock: Clock,
  signal?: AbortSignal,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    let cancelWake = () => {}
    const stopListening = socket.onMessage((data, from) => perform(machine.receive(data, from, clock.now())))
    const abort = () => {
      settle()
      reject(signal?.reason as Error)
    }
    function settle(): void {
      cancelWake()
      stopListening()
      signal?.removeEventListener('abort', abort)
    }

    function perform(outputs: Output<Result>[]): void {
      for (const output of outputs) {
        switch (output.type) {
          case 'send':
            socket.send(output.data, output.to)
            break
          case 'wake':
            cancelWake()
            cancelWake = clock.at(output.at, () => perform(machine.wake(clock.now())))
            break
          case 'done':
            settle()
            resolve(output.result)
            break
          case 'fail':
            settle()
            reject(output.error)
            break
        }
      }
    }

    if (signal?.aborted) return abort()
    signal?.addEventListener('abort', abort)
    perform(machine.wake(clock.now()))
  })
}
