import type { Clock } from '@p2pd/netif'

/** A clock that counts its waiting timers. */
export class CountingClock implements Clock {
  waiting = 0
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.now()
  }

  at(time: number, callback: () => void): () => void {
    let over = false
    const settle = () => {
      if (!over) this.waiting--
      over = true
    }
    this.waiting++
    const cancel = this.#clock.at(time, () => {
      settle()
      callback()
    })
    return () => {
      settle()
      cancel()
    }
  }
}
