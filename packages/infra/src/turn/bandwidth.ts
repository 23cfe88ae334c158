/** A second's worth of bytes may come at once. */
const BURST_SECONDS = 1

/** Counts the bytes of an allocation against its limit. Pure. */
export class Bandwidth {
  readonly #bytesPerSecond: number
  #tokens: number
  #at = 0

  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond
    this.#tokens = bytesPerSecond * BURST_SECONDS
  }

  /** Whether the bytes may pass now; if so, they are counted. */
  allow(bytes: number, now: number): boolean {
    if (this.#bytesPerSecond === Number.POSITIVE_INFINITY) return true
    const most = this.#bytesPerSecond * BURST_SECONDS
    this.#tokens = Math.min(most, this.#tokens + ((now - this.#at) * this.#bytesPerSecond) / 1000)
    this.#at = now
    if (this.#tokens < bytes) return false
    this.#tokens -= bytes
    return true
  }
}
