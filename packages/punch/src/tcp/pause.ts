import type { Clock } from '@p2pd/netif'

/** Waits, or until `signal` aborts. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      cancel()
      signal.removeEventListener('abort', finish)
      resolve()
    }
    const cancel = clock.at(clock.now() + ms, finish)
    if (signal.aborted) return finish()
    signal.addEventListener('abort', finish)
  })
}
