import { NetifError } from '../netif-error.ts'
import type { Clock } from './clock.ts'

/** How long one attempt may keep the next waiting: the Connection Attempt Delay. RFC 8305 §5. */
export const CONNECTION_ATTEMPT_DELAY_MS = 250

/** One way to get a result. The signal ends it once the race is over. */
export type Attempt<Result> = (signal: AbortSignal) => Promise<Result>

/** How attempts race. */
export interface RaceOptions<Result> {
  readonly clock: Clock
  /** Ends the race; its reason is the error then. */
  readonly signal?: AbortSignal
  /** Closes the result of an attempt that succeeded after the race was over. */
  readonly discard: (late: Result) => void
  /** How many attempts begin together: the first wave, the second, and so on; the last number repeats. @default [1] */
  readonly waves?: readonly number[]
  /** Attempts under way at the same time. @default no bound */
  readonly maxUnderWay?: number
}

/**
 * Begins attempts in waves; the first one to succeed wins, and the signal of the others aborts.
 *
 * A wave begins 250 ms after the wave before it, or at once when every attempt of that wave has failed. When all
 * attempts have failed, or there is none, the race rejects with an `AggregateError` that has the errors in the order
 * of the attempts. When `signal` aborts, it rejects with the reason. Attempts that lose are aborted with `NETIF_ABORTED`.
 * No timer and no listener stays. RFC 8305 §5.
 */
export function race<Result>(
  attempts: readonly Attempt<Result>[],
  options: RaceOptions<Result>,
): Promise<Result> {
  return new Promise((resolve, reject) => new StaggeredRace(attempts, options, { resolve, reject }).start())
}

/** How the promise of a race is settled. */
interface Settle<Result> {
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

class StaggeredRace<Result> {
  readonly #attempts: readonly Attempt<Result>[]
  readonly #options: RaceOptions<Result>
  readonly #settle: Settle<Result>
  /** One for each attempt that has begun: a signal that many listen to makes Node warn of a leak. */
  readonly #controllers: AbortController[] = []
  readonly #errors: unknown[] = []
  readonly #abort = () =>
    this.#finish(this.#options.signal?.reason, () => this.#settle.reject(this.#options.signal?.reason))
  #begun = 0
  #failed = 0
  #waves = 0
  /** Attempts of the last wave that have not failed. */
  #ofLastWave = 0
  #isOver = false
  #cancelWave = () => {}

  constructor(attempts: readonly Attempt<Result>[], options: RaceOptions<Result>, settle: Settle<Result>) {
    this.#attempts = attempts
    this.#options = options
    this.#settle = settle
  }

  start(): void {
    const { signal } = this.#options
    if (signal?.aborted) return this.#abort()
    signal?.addEventListener('abort', this.#abort)
    if (this.#attempts.length === 0) this.#fail()
    else this.#beginWave()
  }

  #beginWave(): void {
    this.#cancelWave()
    const { clock, waves = [1], maxUnderWay = Number.POSITIVE_INFINITY } = this.#options
    const size = waves[Math.min(this.#waves++, waves.length - 1)] ?? 1
    const room = maxUnderWay - (this.#begun - this.#failed)
    const wave = this.#attempts.slice(this.#begun, this.#begun + Math.min(size, room))
    const first = this.#begun
    this.#begun += wave.length
    this.#ofLastWave = wave.length
    if (this.#begun < this.#attempts.length) {
      const nextAt = clock.now() + CONNECTION_ATTEMPT_DELAY_MS
      this.#cancelWave = clock.at(nextAt, () => this.#beginWave())
    }
    for (const [i, attempt] of wave.entries()) this.#begin(attempt, first + i, this.#waves)
  }

  #begin(attempt: Attempt<Result>, index: number, wave: number): void {
    if (this.#isOver) return
    const controller = new AbortController()
    this.#controllers.push(controller)
    // An attempt that throws before it waits has failed like any other.
    const begin = async () => attempt(controller.signal)
    begin().then(
      (result) => this.#succeeded(result),
      (error: unknown) => this.#attemptFailed(error, index, wave),
    )
  }

  #succeeded(result: Result): void {
    if (this.#isOver) return this.#options.discard(result)
    const over = new NetifError('NETIF_ABORTED', 'another attempt was faster')
    this.#finish(over, () => this.#settle.resolve(result))
  }

  #attemptFailed(error: unknown, index: number, wave: number): void {
    if (this.#isOver) return
    this.#errors[index] = error
    this.#failed++
    if (wave === this.#waves) this.#ofLastWave--
    if (this.#failed === this.#attempts.length) this.#fail()
    else if (this.#ofLastWave === 0 && this.#begun < this.#attempts.length) this.#beginWave()
  }

  #fail(): void {
    const error = new AggregateError(this.#errors, `all ${this.#attempts.length} attempts failed`)
    this.#finish(error, () => this.#settle.reject(error))
  }

  /** The promise settles before the losers learn of it. */
  #finish(reason: unknown, settle: () => void): void {
    this.#isOver = true
    this.#cancelWave()
    this.#options.signal?.removeEventListener('abort', this.#abort)
    settle()
    for (const controller of this.#controllers) controller.abort(reason)
  }
}
