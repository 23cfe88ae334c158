import type { Clock, TcpConnection } from '@p2pd/netif'

/**
 * Longer than the round trips of most paths. The kernel itself repeats a lost SYN after 1 s, and then after 2 more:
 * RFC 6298 §2.
 */
const AGAIN_MS = 400

/** What it takes to dial. */
export interface Dialling {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly dial: (signal: AbortSignal) => Promise<TcpConnection>
}

/** Dials, and once more when nothing has come back for a while; whichever connects first is taken, and the other ended. */
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
    // What the second one fails of, the first is about to fail of, too.
    const cancel = clock.at(clock.now() + AGAIN_MS, () => void dial(ending).then(take, () => {}))
    dial(ending).then(take, fail)
  })
}
