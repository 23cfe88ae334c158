import type { Clock } from './clock.ts'

/** Waits for `durationMs`; rejects with the reason of `signal` as soon as it aborts. No timer and no listener stays. */
export function sleep(clock: Clock, durationMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error)
    const abort = () => {
      cancel()
      signal?.removeEventListener('abort', abort)
      reject(signal?.reason as Error)
    }
    const cancel = clock.at(clock.now() + durationMs, () => {
      signal?.removeEventListener('abort', abort)
      resolve()
    })
    signal?.addEventListener('abort', abort)
  })
}
