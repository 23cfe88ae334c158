import { textOf } from './recent-map.ts'

/** Remembers keys for a fixed time each, and never more than `capacity` of them. */
export class SeenSet {
  readonly #holdMs: number
  readonly #capacity: number
  /** Key to when it may be forgotten; in order of insertion, which is the order of that time too. */
  readonly #until = new Map<string, number>()

  constructor(options: { readonly holdMs: number; readonly capacity: number }) {
    this.#holdMs = options.holdMs
    this.#capacity = options.capacity
  }

  has(key: Uint8Array, now: number): boolean {
    const until = this.#until.get(textOf(key))
    return until !== undefined && until > now
  }

  add(key: Uint8Array, now: number): void {
    this.#forget(now)
    const text = textOf(key)
    this.#until.delete(text)
    this.#until.set(text, now + this.#holdMs)
  }

  get size(): number {
    return this.#until.size
  }

  #forget(now: number): void {
    for (const [text, until] of this.#until) {
      if (until > now && this.#until.size < this.#capacity) return
      this.#until.delete(text)
    }
  }
}
