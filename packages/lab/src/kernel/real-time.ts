import { performance } from 'node:perf_hooks'

type Action = () => void

/**
 * The fabric's time when packets are those of real kernels. Actions run at their millisecond; while one runs it
 * is told the time it was due, so that lateness does not add up from link to link.
 */
export class RealTime {
  /** Actions by the millisecond they are due in, each with the exact time. */
  readonly #actions = new Map<number, [time: number, action: Action][]>()
  #timer: NodeJS.Timeout | undefined
  /** The last millisecond that has been run. */
  #ran = 0
  #due: number | undefined

  now(): number {
    return this.#due ?? performance.now()
  }

  /** Runs an action at `time`, or at once when it is past. */
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

  /** Forgets what has not run. */
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
