const SECOND_MS = 1000

/** Bounds the packets in any second: a machine that decides which packet may leave. */
export class PacketRate {
  readonly #limit: number
  #sent: number[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Whether a packet may leave now; counts it. */
  take(now: number): boolean {
    this.#sent = this.#sent.filter((at) => at > now - SECOND_MS)
    if (this.#sent.length >= this.#limit) return false
    this.#sent.push(now)
    return true
  }
}
