import type { Clock } from '../timing/clock.ts'

/** A clock that stands still until a test moves it. */
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

  /** Timers that have not fired and were not cancelled. */
  get pending(): number {
    return this.#timers.size
  }

  /** Moves on, firing what falls due in order, and lets promises settle after each. */
  async advance(milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds
    for (;;) {
      await settle()
      const [next] = [...this.#timers].filter(({ time }) => time <= until).sort((a, b) => a.time - b.time)
      if (next === undefined) break
      this.#timers.delete(next)
      this.#now = Math.max(this.#now, next.time)
      next.callback()
    }
    this.#now = until
  }
}

/** Waits for one turn of the event loop: every promise that can settle has settled then. */
export function settle(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}
