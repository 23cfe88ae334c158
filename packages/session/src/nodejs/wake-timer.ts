import type { Clock } from '@p2pd/netif'

/** One timer that rings early rather than being set anew: most deadlines move back before they are reached. */
export class WakeTimer {
  readonly #clock: Clock
  readonly #ring: (now: number) => void
  #at = Number.POSITIVE_INFINITY
  #cancel = () => {}

  constructor(clock: Clock, ring: (now: number) => void) {
    this.#clock = clock
    this.#ring = ring
  }

  /** Rings at a time at the latest; infinity stops it. */
  set(at: number): void {
    if (at >= this.#at && at !== Number.POSITIVE_INFINITY) return
    this.#cancel()
    this.#at = at
    if (at === Number.POSITIVE_INFINITY) return
    this.#cancel = this.#clock.at(at, () => {
      this.#at = Number.POSITIVE_INFINITY
      this.#ring(this.#clock.now())
    })
  }
}
