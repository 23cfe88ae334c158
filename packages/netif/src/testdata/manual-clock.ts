import type { Clock } from '../clock.ts'

/** A clock that stands still until it is told to go on. */
export class ManualClock implements Clock {
  #now = 0
  readonly #timers = new Set<{ readonly time: number; readonly callback: () => void }>()

  now(): number {
    return this.#now
  }

  at(time: number, callback: () => void): () => void {
    const timer = { time, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.size
  }

  /** Goes on by `ms`, and lets the callers of timers do what they do. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#now = Math.max(this.#now, next.time)
      this.#timers.delete(next)
      next.callback()
      await turn()
    }
    this.#now = end
  }

  #next(end: number) {
    return [...this.#timers].filter(({ time }) => time <= end).sort((a, b) => a.time - b.time)[0]
  }
}

/** Lets every promise that is ready settle. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
