import type { Clock } from '@p2pd/netif'
import { waveAfter } from '../plan/plan-address.ts'
import { STAGGER_MS } from '../plan/view.ts'

/** Attempts of which one is wanted. */
export interface FirstOfOptions<Value> {
  readonly clock: Clock
  /** How many there are. */
  readonly count: number
  /** Begins one; `signal` ends it when it is not wanted any more. */
  readonly attempt: (index: number, signal: AbortSignal) => Promise<Value>
  /** Takes the result of one that ended all the same. */
  readonly discard: (value: Value) => void
  /** Ends all; its reason is the error then. */
  readonly signal: AbortSignal
}

/** Attempts that wait at once: ten sockets, one of them the caller's. */
const MAX_UNDER_WAY = 9

/**
 * The first attempt that succeeds. One is begun at once, three more after 250 ms, then five at a time;
 * the next ones at once where all before have failed, and nine wait at most. Rejects with the errors when none is left. RFC 8305 §5.
 */
export function firstOf<Value>(options: FirstOfOptions<Value>): Promise<Value> {
  const { clock, count, attempt, discard, signal } = options
  return new Promise((resolve, reject) => {
    const stop = new AbortController()
    const errors: Error[] = []
    let begun = 0
    let over = false
    let cancelWave = () => {}
    const finish = (end: () => void) => {
      if (over) return
      over = true
      cancelWave()
      signal.removeEventListener('abort', abort)
      end()
      stop.abort()
    }
    const abort = () => finish(() => reject(signal.reason as Error))
    const begin = (index: number) => {
      const take = (value: Value) => (over ? discard(value) : finish(() => resolve(value)))
      attempt(index, stop.signal).then(take, (error: unknown) => {
        errors.push(error as Error)
        if (over) return
        if (errors.length === count) finish(() => reject(new AggregateError(errors)))
        else if (errors.length === begun) wave()
      })
    }
    const wave = () => {
      cancelWave()
      const until = Math.min(count, begun + waveAfter(begun), errors.length + MAX_UNDER_WAY)
      while (begun < until) begin(begun++)
      if (begun < count) cancelWave = clock.at(clock.now() + STAGGER_MS, wave)
    }
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort)
    wave()
  })
}
