/** A token bucket that passes a number of events per second and saves up those of one second at most. */
export class RateLimit {
  readonly #perSecond: number
  #tokens: number
  #at = 0

  constructor(perSecond: number) {
    this.#perSecond = perSecond
    this.#tokens = perSecond
  }

  admit(now: number): boolean {
    if (this.#perSecond === Number.POSITIVE_INFINITY) return true
    this.#tokens = Math.min(this.#perSecond, this.#tokens + ((now - this.#at) / 1000) * this.#perSecond)
    this.#at = now
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}
