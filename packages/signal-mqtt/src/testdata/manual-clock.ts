import type { Clock } from '../runtime.ts'

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now = 0
  readonly #timers = new Map<() => void, number>()

  now(): number {
    return this.#now
  }

  at(time: number, callback: () => void): () => void {
    const timer = () => callback()
    this.#timers.set(timer, time)
    return () => this.#timers.delete(timer)
  }

  /** Moves on, calling back what is due, and lets promises settle after each. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await settle()
    for (let next = this.#next(end); next; next = this.#next(end)) {
      const [timer, time] = next
      this.#timers.delete(timer)
      this.#now = Math.max(this.#now, time)
      timer()
      await settle()
    }
    this.#now = end
  }

  get pending(): number {
    return this.#timers.size
  }

  #next(end: number): [() => void, number] | undefined {
    return [...this.#timers].filter(([, time]) => time <= end).sort(([, a], [, b]) => a - b)[0]
  }
}

/** Lets every promise that can settle do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}
