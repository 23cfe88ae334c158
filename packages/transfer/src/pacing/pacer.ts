/** Time that may be caught up after a pause, so that a limited transfer keeps its rate on the average. */
const BURST_MS = 100

/** Spaces out bytes so that they stay below a rate. */
export class Pacer {
  readonly #bytesPerMs: number
  /** When the bytes so far are due. */
  #due = 0

  constructor(bytesPerSecond: number) {
    this.#bytesPerMs = bytesPerSecond / 1000
  }

  /** Milliseconds to wait before these bytes are sent. */
  delay(bytes: number, now: number): number {
    const start = Math.max(this.#due, now - BURST_MS)
    this.#due = start + bytes / this.#bytesPerMs
    return Math.max(0, start - now)
  }
}
