/** A map by public key that forgets what was not set for the longest time when it is full. */
export class RecentMap<Value> {
  readonly #capacity: number
  readonly #values = new Map<string, Value>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get(key: Uint8Array): Value | undefined {
    return this.#values.get(textOf(key))
  }

  set(key: Uint8Array, value: Value): void {
    const text = textOf(key)
    this.#values.delete(text)
    this.#values.set(text, value)
    if (this.#values.size <= this.#capacity) return
    for (const oldest of this.#values.keys()) {
      this.#values.delete(oldest)
      return
    }
  }

  delete(key: Uint8Array): void {
    this.#values.delete(textOf(key))
  }

  get size(): number {
    return this.#values.size
  }
}

/** Bytes as a string of as many characters, which can be a key. */
export function textOf(key: Uint8Array): string {
  return String.fromCharCode(...key)
}
