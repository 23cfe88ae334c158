/** Tells programs of the events of a node. */
export class NodeEvents<Event extends { readonly type: string }> {
  readonly #listeners = new Set<(event: Event) => void>()

  /** How many listen. */
  get size(): number {
    return this.#listeners.size
  }

  /** Calls back for all events; returns the function that stops it. */
  listen(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Calls the listeners. A program's mistake must neither be lost nor break off what the node is doing. */
  emit(event: Event): void {
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch (error) {
        console.error(`a listener for "${event.type}" of the node threw:`, error)
      }
    }
  }
}
