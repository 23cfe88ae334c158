import type { Clock, Machine, Output, TcpConnection } from '@p2pd/netif'
import { formatTransportAddress } from '@p2pd/netif'
import { StunError } from '../stun-error.ts'

/**
 * Runs a machine on a TCP connection until it finishes, the connection ends or `signal` aborts it.
 * The connection stays open. Its stream flows on without a reader, so that `end` and `close` still show when the server
 * ends it. Throws `STUN_CLOSED`, the error of the machine or the reason of `signal`.
 */
export function driveStream<Result>(
  machine: Machine<Result>,
  connection: TcpConnection,
  clock: Clock,
  signal?: AbortSignal,
): Promise<Result> {
  const { stream, remote } = connection
  return new Promise((resolve, reject) => {
    let cancelWake = () => {}
    const onData = (chunk: Uint8Array) => perform(machine.receive(chunk, remote, clock.now()))
    const onClose = () => fail(closed())
    const onError = (cause: Error) => fail(closed(cause))
    const onAbort = () => fail(signal?.reason as Error)

    function closed(cause?: Error): StunError {
      return new StunError('STUN_CLOSED', `${formatTransportAddress(remote)} closed the connection`, {
        cause,
      })
    }
    function settle(): void {
      cancelWake()
      stream.off('data', onData).off('end', onClose).off('close', onClose).off('error', onError)
      signal?.removeEventListener('abort', onAbort)
    }
    function fail(error: Error): void {
      settle()
      reject(error)
    }
    function perform(outputs: Output<Result>[]): void {
      for (const output of outputs) {
        switch (output.type) {
          case 'send':
            stream.write(output.data)
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
            fail(output.error)
            break
        }
      }
    }

    if (signal?.aborted) return onAbort()
    if (stream.destroyed) return onClose()
    signal?.addEventListener('abort', onAbort)
    stream.on('data', onData).on('end', onClose).on('close', onClose).on('error', onError)
    stream.resume()
    perform(machine.wake(clock.now()))
  })
}
