/** A first guess, half of TCP's: a lost first datagram then costs less. RFC 8085 §3.1.1 allows any from RTT. */
const INITIAL_MS = 500
/** Below this a busy peer's scheduling looks like loss. */
const LEAST_MS = 50
/** Beyond this, waiting longer no longer helps the network: one small datagram a second. RFC 8085 §3.1.3. */
export const MOST_MS = 1000

/** How long to wait for an acknowledgement, from the round trips seen. RFC 6298 §2. */
export class RetransmissionTimeout {
  #smoothed: number | undefined
  #variation = 0

  get ms(): number {
    if (this.#smoothed === undefined) return INITIAL_MS
    return Math.min(MOST_MS, Math.max(LEAST_MS, this.#smoothed + 4 * this.#variation))
  }

  /** Learns from a round trip; one of a datagram sent twice says nothing. RFC 6298 §3. */
  measured(roundTripMs: number): void {
    if (this.#smoothed === undefined) {
      this.#smoothed = roundTripMs
      this.#variation = roundTripMs / 2
      return
    }
    this.#variation += (Math.abs(this.#smoothed - roundTripMs) - this.#variation) / 4
    this.#smoothed += (roundTripMs - this.#smoothed) / 8
  }
}
