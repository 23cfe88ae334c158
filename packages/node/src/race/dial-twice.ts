import type { Clock, TcpConnection } from '@p2pd/netif'

/**
 * Longer than the round trips of most paths. The kernel itself repeats a lost SYN after 1 s, and then after 2 more:
 * RFC 6298 §2.
 */
const AGAIN_MS = 400

/** The parts that dial. */
export interface Dialling {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly dial: (signal: AbortSignal) => Promise<TcpConnection>
}

/** Dials, and dials again after 400 ms without an answer. The first connection is taken, the other dial ended. */
export function dialTwice({ clock, signal, dial }: Dialling): Promise<TcpConnection> {
  const over = new AbortController()
  const ending = AbortSignal.any([signal, over.signal])
  return new Promise((resolve, reject) => {
    const settle = () => {
      cancel()
      over.abort()
    }
    const take = (connection: TcpConnection) => {
      if (over.signal.aborted) return connection.stream.destroy()
      settle()
      resolve(connection)
    }
    const fail = (error: Error) => {
      settle()
      reject(error)
    }
    // The first dial is about to fail for the same reason as the second, and reports it.
    const cancel = clock.at(clock.now() + AGAIN_MS, () => void dial(ending).then(take, () => {}))
    dial(ending).then(take, fail)
  })
}
