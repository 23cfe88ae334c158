import type { Clock } from '@p2pd/netif'

/** A clock that stands still until it is told to go on. */
export class ManualClock implements Clock {
  #now = 0
  readonly #alarms = new Set<{ time: number; callback: () => void }>()

  get pending(): number {
    return this.#alarms.size
  }

  now(): number {
    return this.#now
  }

  at(time: number, callback: () => void): () => void {
    const alarm = { time, callback }
    this.#alarms.add(alarm)
    return () => this.#alarms.delete(alarm)
  }

  /** Goes on to `time`, alarm by alarm. */
  advance(time: number): void {
    for (;;) {
      const due = [...this.#alarms].filter((alarm) => alarm.time <= time).sort((a, b) => a.time - b.time)[0]
      if (due === undefined) break
      this.#alarms.delete(due)
      this.#now = Math.max(this.#now, due.time)
      due.callback()
    }
    this.#now = time
  }
}
