/** Weight of a new sample. RFC 9002 §5.3. */
const WEIGHT = 1 / 8

/** The smoothed round-trip time of a session's paths. RFC 9002 §5. */
export class RoundTrip {
  #smoothedMs: number | undefined

  /** Undefined before the first sample. */
  get smoothedMs(): number | undefined {
    return this.#smoothedMs
  }

  sample(ms: number): void {
    const before = this.#smoothedMs ?? ms
    this.#smoothedMs = before + WEIGHT * (ms - before)
  }

  /** Forgets: the next sample is of another path. */
  reset(): void {
    this.#smoothedMs = undefined
  }
}
