/** An event of the daemon, as clients see it. */
export interface DaemonEvent {
  readonly id: number
  readonly at: string
  readonly type: string
  readonly [field: string]: unknown
}

/** Events that are kept for clients that come back. */
const KEPT = 1000

/** The last events, each with a number, and those who want the next. */
export class EventLog {
  readonly #events: DaemonEvent[] = []
  readonly #listeners = new Set<(event: DaemonEvent) => void>()
  #last = 0
  /** The newest event that is no longer kept for others. */
  #lost = 0

  add(type: string, fields: object): DaemonEvent {
    const event = { ...fields, id: ++this.#last, at: new Date().toISOString(), type }
    this.#events.push(event)
    if (this.#events.length > KEPT) this.#lost = this.#events.shift()?.id ?? this.#lost
    this.#tell(event)
    return event
  }

  /** An event for those who listen at this moment: the next one of its kind makes it worthless. */
  addPassing(type: string, fields: object): void {
    this.#tell({ ...fields, id: ++this.#last, at: new Date().toISOString(), type })
  }

  #tell(event: DaemonEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  /** The events after a number, and whether some of them are no longer kept. */
  since(id: number): { readonly events: readonly DaemonEvent[]; readonly gap: boolean } {
    // A number from before a restart: the client has missed everything since.
    const isForeign = id > this.#last
    return {
      events: isForeign ? this.#events : this.#events.filter((event) => event.id > id),
      gap: isForeign || id < this.#lost,
    }
  }

  /** Calls back with each new event; returns what stops it. */
  onEvent(listener: (event: DaemonEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
