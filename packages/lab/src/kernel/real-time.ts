import { performance } from 'node:perf_hooks'

type Action = () => void

/**
 * The fabric's clock for packets of real kernels. Actions run in their millisecond. A running action sees the time
 * at which it was due, so that delays do not add up from link to link.
 */
export class RealTime {
  /** Actions by the millisecond in which they are due, each with its exact time. */
  readonly #actions = new Map<number, [time: number, action: Action][]>()
  #timer: NodeJS.Timeout | undefined
  /** The last millisecond whose actions have run. */
  #ran = 0
  #due: number | undefined

  now(): number {
    return this.#due ?? performance.now()
  }

  /** Runs an action at `time`, or at once when that is past. */
  schedule(time: number, action: Action): void {
    if (time <= this.now()) return action()
    if (this.#timer === undefined) {
      this.#ran = Math.floor(performance.now())
      this.#timer = setTimeout(() => this.#run(), 1)
    }
    const tick = Math.max(Math.ceil(time), this.#ran + 1)
    const due = this.#actions.get(tick)
    if (due === undefined) this.#actions.set(tick, [[time, action]])
    else due.push([time, action])
  }

  /** Drops the actions that have not run. */
  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#actions.clear()
  }

  #run(): void {
    try {
      this.#runUntil(Math.floor(performance.now()))
    } finally {
      this.#due = undefined
      this.#timer = this.#actions.size > 0 ? setTimeout(() => this.#run(), 1) : undefined
    }
  }

  #runUntil(now: number): void {
    while (this.#ran < now) {
      const due = this.#actions.get(this.#ran + 1) ?? []
      this.#actions.delete(++this.#ran)
      for (const [time, action] of due) {
        this.#due = time
        action()
      }
    }
  }
}
