import type { Clock } from '@p2pd/netif'
import { PipeError } from '../pipe-error.ts'

/** How long a call may wait. */
export interface Bounds {
  /** 0 does not wait at all. @default for ever */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

interface Waiter<T> {
  readonly wants: ((item: T) => boolean) | undefined
  readonly resolve: (item: T) => void
  readonly reject: (error: PipeError) => void
}

/** Calls that wait for an item, served in the order they came. */
export class Waiters<T> {
  readonly #clock: Clock
  readonly #waiting: Waiter<T>[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get count(): number {
    return this.#waiting.length
  }

  /** Gives an item to the first that wants it; false when nobody does. */
  offer(item: T): boolean {
    const at = this.#waiting.findIndex(({ wants }) => wants === undefined || wants(item))
    const [waiter] = at < 0 ? [] : this.#waiting.splice(at, 1)
    waiter?.resolve(item)
    return waiter !== undefined
  }

  rejectAll(error: PipeError): void {
    for (const waiter of this.#waiting.splice(0)) waiter.reject(error)
  }

  /** Waits for an item; `doing` names the call in its errors. */
  wait(doing: string, { timeoutMs, signal }: Bounds, wants?: (item: T) => boolean): Promise<T> {
    return new Promise((resolve, reject) => {
      let cancelTimer: (() => void) | undefined
      const settle = () => {
        cancelTimer?.()
        signal?.removeEventListener('abort', abort)
      }
      const waiter: Waiter<T> = {
        wants,
        resolve(item) {
          settle()
          resolve(item)
        },
        reject(error) {
          settle()
          reject(error)
        },
      }
      const giveUp = (error: PipeError) => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1)
        waiter.reject(error)
      }
      const abort = () => giveUp(aborted(doing, signal))
      if (timeoutMs !== undefined && timeoutMs !== Number.POSITIVE_INFINITY) {
        cancelTimer = this.#clock.at(this.#clock.now() + timeoutMs, () => giveUp(timedOut(doing, timeoutMs)))
      }
      signal?.addEventListener('abort', abort)
      this.#waiting.push(waiter)
    })
  }
}

/** Refuses bounds that are none. */
export function checkBounds({ timeoutMs, signal }: Bounds, doing: string): void {
  if (timeoutMs !== undefined && !(timeoutMs >= 0)) {
    throw new PipeError('PIPE_INVALID_ARGUMENT', `${doing}: timeoutMs is ${timeoutMs}`)
  }
  if (signal?.aborted) throw aborted(doing, signal)
}

export function timedOut(doing: string, timeoutMs: number): PipeError {
  return new PipeError('PIPE_TIMEOUT', `${doing}: nothing within ${timeoutMs} ms`)
}

export function aborted(doing: string, signal: AbortSignal | undefined): PipeError {
  return new PipeError('PIPE_ABORTED', `${doing}: given up by the caller`, { cause: signal?.reason })
}
