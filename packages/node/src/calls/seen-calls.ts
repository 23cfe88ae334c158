/** Calls remembered: more than signalling admits within the time one call can take. */
const MAX_REMEMBERED = 4096

/** Names a call, by the peer's key and the connection id. */
export function callKey(peer: Uint8Array, connectionId: Uint8Array): string {
  return `${peer.join()} ${connectionId.join()}`
}

/** Remembers calls: a second stream or offer of one call changes nothing. */
export class SeenCalls {
  readonly #keys = new Set<string>()

  has(key: string): boolean {
    return this.#keys.has(key)
  }

  /** Whether this is the first time; bounded, the oldest is forgotten first. */
  add(key: string): boolean {
    if (this.has(key)) return false
    this.#keys.add(key)
    const [oldest] = this.#keys
    if (this.#keys.size > MAX_REMEMBERED && oldest !== undefined) this.#keys.delete(oldest)
    return true
  }
}
