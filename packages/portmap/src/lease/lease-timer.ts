import type { Clock } from '@p2pd/netif'

/** One sleep at a time that can be cut short. A wake-up that comes while nobody sleeps counts for the next sleep. */
export class LeaseTimer {
  readonly #clock: Clock
  #cancel = () => {}
  #wake: (() => void) | undefined
  #sooner: number | undefined
  #stopped = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  sleepUntil(time: number): Promise<void> {
    const until = Math.min(time, this.#sooner ?? time)
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#cancel()
        this.#wake = undefined
        this.#sooner = undefined
        resolve()
      }
      if (this.#stopped) this.#wake()
      else this.#cancel = this.#clock.at(until, () => this.#wake?.())
    })
  }

  /** Ends the present sleep, or the next one, by `time` at the latest. */
  wakeAt(time: number): void {
    if (this.#sooner !== undefined && this.#sooner <= time) return
    this.#sooner = time
    if (this.#wake === undefined || this.#stopped) return
    const cancelLater = this.#cancel
    const cancelSooner = this.#clock.at(time, () => this.#wake?.())
    this.#cancel = () => {
      cancelLater()
      cancelSooner()
    }
  }

  /** Ends every sleep from now on. */
  stop(): void {
    this.#stopped = true
    this.#wake?.()
  }
}
