/** Bytes handed to a path at once, at least: they fit into four records of TLS. RFC 8446 §5.1. */
const MIN_BYTES = 65_536
/** At most: more is not quicker, and a receiver starts with as much credit for four streams. */
export const MAX_TURN_BYTES = 262_144
/** An urgent frame waits for one turn. On a path that carries at least `MIN_BYTES` in it, this long at most. */
const TURN_MS = 4
/** The rate is that of so long at least: acknowledgements of one moment say nothing. */
const INTERVAL_MS = 20

/**
 * How many bytes a path is handed at once: as many as it carries in 4 ms. A socket takes bytes quickly that its path
 * carries slowly, so the rate is that of the acknowledgements.
 */
export class TurnSize {
  #bytes = MIN_BYTES
  #startedAt = Number.NEGATIVE_INFINITY
  #startOffset = 0

  get bytes(): number {
    return this.#bytes
  }

  /** The peer has everything below an offset. */
  acknowledge(offset: number, now: number): void {
    const elapsedMs = now - this.#startedAt
    if (elapsedMs < INTERVAL_MS) return
    const fit = ((offset - this.#startOffset) / elapsedMs) * TURN_MS
    const whole = Math.floor(fit / MIN_BYTES) * MIN_BYTES
    this.#bytes = Math.min(MAX_TURN_BYTES, Math.max(MIN_BYTES, whole))
    this.#startedAt = now
    this.#startOffset = offset
  }

  /** The next turns go by another path. */
  reset(): void {
    this.#bytes = MIN_BYTES
    this.#startedAt = Number.NEGATIVE_INFINITY
  }
}
