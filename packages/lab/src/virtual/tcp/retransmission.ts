/** First time-out, before any round trip is measured. RFC 6298 §2.1. */
const INITIAL_RTO_MS = 1000
/** Linux's bounds of the time-out (TCP_RTO_MIN, TCP_RTO_MAX). */
const MIN_RTO_MS = 200
const MAX_RTO_MS = 120_000

/** The retransmission timer of a connection, and the round-trip times it goes by. RFC 6298. */
export class RetransmissionTimer {
  /** The time at which it expires; undefined while stopped. */
  dueAt: number | undefined
  /** Time-outs in a row. */
  retries = 0
  #rtoMs = INITIAL_RTO_MS
  #smoothedMs: number | undefined
  #variationMs = 0
  /** The segment being timed: the acknowledgement it waits for. */
  #timed: { readonly sequence: number; readonly sentAt: number } | undefined

  start(now: number): void {
    this.dueAt = now + this.#rtoMs
  }

  stop(): void {
    this.dueAt = undefined
  }

  /** Doubles the time-out. Retransmitted segments give no round-trip time. RFC 6298 §3, §5.5. */
  backOff(): void {
    this.retries++
    this.#rtoMs = Math.min(this.#rtoMs * 2, MAX_RTO_MS)
    this.#timed = undefined
  }

  /** Starts the measurement of a round-trip time, one at a time. */
  sent(endSequence: number, now: number): void {
    this.#timed ??= { sequence: endSequence, sentAt: now }
  }

  forgetSample(): void {
    this.#timed = undefined
  }

  acknowledged(sequence: number, now: number): void {
    this.retries = 0
    if (this.#timed === undefined || ((sequence - this.#timed.sequence) | 0) < 0) return
    this.#measured(now - this.#timed.sentAt)
    this.#timed = undefined
  }

  #measured(roundTripMs: number): void {
    if (this.#smoothedMs === undefined) {
      this.#smoothedMs = roundTripMs
      this.#variationMs = roundTripMs / 2
    } else {
      this.#variationMs = 0.75 * this.#variationMs + 0.25 * Math.abs(this.#smoothedMs - roundTripMs)
      this.#smoothedMs = 0.875 * this.#smoothedMs + 0.125 * roundTripMs
    }
    this.#rtoMs = Math.min(Math.max(this.#smoothedMs + 4 * this.#variationMs, MIN_RTO_MS), MAX_RTO_MS)
  }
}
