/** Streams that each end may have opened by itself at one time, and from the start: part of the protocol. */
export const MAX_STREAMS = 1024
/** So many closed streams make a new limit worth a frame. */
const STEP = MAX_STREAMS / 4
/** Between two new limits: 8,000 streams a second in the long run, whatever an opener does. */
const STEP_MS = 32

/** How many streams the peer may open: as many as were closed, not faster than can be coped with. RFC 9000 §4.6. */
export class StreamGrants {
  #closed = 0
  #granted = 0
  #grantedAt = Number.NEGATIVE_INFINITY

  /** The number of streams that the peer may have opened in all. */
  get limit(): number {
    return MAX_STREAMS + this.#granted
  }

  /** When the next limit is to be announced; infinity while there is none. */
  get dueAt(): number {
    return this.#closed - this.#granted >= STEP ? this.#grantedAt + STEP_MS : Number.POSITIVE_INFINITY
  }

  /** A stream of the peer is over at both ends. */
  close(): void {
    this.#closed++
  }

  /** Raises the limit by a step; returns it. */
  grant(now: number): number {
    this.#granted += STEP
    this.#grantedAt = now
    return this.limit
  }
}
