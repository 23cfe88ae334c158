/** Bytes of ordered frames that are not acknowledged, at most: 1 Gbit/s at 250 ms. Part of the protocol. */
export const MAX_UNACKNOWLEDGED = 32 * 2 ** 20
/** The first limit: more than TCP sends in its first round trips, and four times the bytes acknowledged at once. */
const INITIAL_LIMIT = 2 * 2 ** 20

/**
 * How much may wait for acknowledgement. It doubles, once in a round trip, when it and not the path held the
 * sender back: twice the path's bandwidth-delay product at most.
 */
export class SendLimit {
  readonly #maxBytes: number
  #bytes: number
  #grownAt = Number.NEGATIVE_INFINITY
  #isHit = false

  constructor(maxBytes = MAX_UNACKNOWLEDGED) {
    this.#maxBytes = maxBytes
    this.#bytes = Math.min(INITIAL_LIMIT, maxBytes)
  }

  /** How much more may be sent. */
  room(unacknowledged: number): number {
    return Math.max(0, this.#bytes - unacknowledged)
  }

  /** The path would have taken more. */
  hit(): void {
    this.#isHit = true
  }

  /** An acknowledgement arrived. */
  acknowledge(now: number, roundTripMs = 0): void {
    if (!this.#isHit || now - this.#grownAt < roundTripMs) return
    this.#isHit = false
    this.#grownAt = now
    this.#bytes = Math.min(this.#maxBytes, 2 * this.#bytes)
  }
}
