/** Calls remembered: at the rate that signalling allows, more than come within the time a call can take. */
const MAX_REMEMBERED = 4096

/** Which calls have been seen, by peer and connection id: a second stream or offer of one changes nothing. */
export class SeenCalls {
  readonly #keys = new Set<string>()

  /** Whether this is the first time; bounded, the oldest is forgotten first. */
  add(peer: Uint8Array, connectionId: Uint8Array): boolean {
    const key = `${peer.join()} ${connectionId.join()}`
    if (this.#keys.has(key)) return false
    this.#keys.add(key)
    const [oldest] = this.#keys
    if (this.#keys.size > MAX_REMEMBERED && oldest !== undefined) this.#keys.delete(oldest)
    return true
  }
}
