/** Urgent frames wait for no more on a slow path; with an acknowledgement it fits into four records of TLS. RFC 8446 §5.1. */
const MIN_BYTES = 65_536
/** More saves nothing measurable, and is memory. */
const MAX_BYTES = 262_144
/** A path that takes the least in this time carries more than 130 Mbit/s. */
const QUICK_MS = 4

/** How many bytes a path is handed at once: more on a path that takes them quickly, where each turn costs more than waiting. */
export class Quantum {
  #bytes = MIN_BYTES
  #handedAt = 0
  #isFull = false

  get bytes(): number {
    return this.#bytes
  }

  /** So many bytes are handed to the path. */
  hand(bytes: number, now: number): void {
    this.#handedAt = now
    this.#isFull = bytes >= MIN_BYTES / 2
  }

  /** The path takes more. */
  ready(now: number): void {
    if (!this.#isFull) return
    this.#isFull = false
    this.#bytes = now - this.#handedAt > QUICK_MS ? MIN_BYTES : Math.min(MAX_BYTES, 2 * this.#bytes)
  }
}
