import type { Clock } from '@p2pd/netif'
import { PipeError } from './pipe-error.ts'

/** How long an address may try alone before the next joins. RFC 8305 §5. */
const ATTEMPT_DELAY_MS = 250

/** One way to get a result; the signal ends it when another has won. */
export type Attempt<T> = (signal: AbortSignal) => Promise<T>

/**
 * Makes attempts in order, each a little after the one before or at once when that failed; the first
 * success wins, and a late one is discarded. When all fail, the first error is the one thrown: the
 * resolver's favourite address. RFC 8305 §5.
 */
export function race<T>(
  attempts: readonly Attempt<T>[],
  { clock, signal, discard }: { clock: Clock; signal: AbortSignal; discard: (late: T) => void },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const losers = new AbortController()
    const failures: unknown[] = []
    let started = 0
    let isOver = false
    let cancelDelay = () => {}
    const finish = (settle: () => void) => {
      isOver = true
      cancelDelay()
      signal.removeEventListener('abort', abort)
      settle()
      losers.abort()
    }
    const abort = () => finish(() => reject(signal.reason as PipeError))
    const fail = (error: unknown, at: number) => {
      if (isOver) return
      failures[at] = error
      const failed = failures.filter((failure) => failure !== undefined).length
      if (failed === attempts.length) finish(() => reject(failures[0] as PipeError))
      else startNext()
    }
    const succeed = (result: T) => {
      if (isOver) discard(result)
      else finish(() => resolve(result))
    }
    const startNext = () => {
      cancelDelay()
      const at = started
      const attempt = attempts[at]
      if (isOver || attempt === undefined) return
      started++
      cancelDelay = clock.at(clock.now() + ATTEMPT_DELAY_MS, startNext)
      attempt(losers.signal).then(succeed, (error: unknown) => fail(error, at))
    }
    if (attempts.length === 0) return finish(() => reject(new PipeError('PIPE_RESOLVE', 'no address to try')))
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
    else startNext()
  })
}
