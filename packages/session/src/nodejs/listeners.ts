/** The listeners of one event. */
export class Listeners<Event> {
  readonly #listeners = new Set<(event: Event) => void>()

  get size(): number {
    return this.#listeners.size
  }

  /** Adds a listener; returns what removes it. */
  add(listener: (event: Event) => void): () => void {
    const own = (event: Event) => listener(event)
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }

  tell(event: Event): void {
    for (const listener of [...this.#listeners]) listener(event)
  }
}
