const SECOND_MS = 1000

/** Keeps to so many packets in any second: a machine that says which may leave. */
export class PacketWindow {
  readonly #limit: number
  #sent: number[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Whether a packet may leave now; it then counts. */
  take(now: number): boolean {
    this.#sent = this.#sent.filter((at) => at > now - SECOND_MS)
    if (this.#sent.length >= this.#limit) return false
    this.#sent.push(now)
    return true
  }
}
