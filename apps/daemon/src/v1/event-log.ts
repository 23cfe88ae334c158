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

  add(type: string, fields: object): DaemonEvent {
    const event = { ...fields, id: ++this.#last, at: new Date().toISOString(), type }
    this.#events.push(event)
    if (this.#events.length > KEPT) this.#events.shift()
    for (const listener of this.#listeners) listener(event)
    return event
  }

  /** The events after a number, and whether some of them are no longer kept. */
  since(id: number): { readonly events: readonly DaemonEvent[]; readonly gap: boolean } {
    const first = this.#events[0]?.id ?? this.#last + 1
    // A number from before a restart: the client has missed everything since.
    const isForeign = id > this.#last
    return {
      events: isForeign ? this.#events : this.#events.filter((event) => event.id > id),
      gap: isForeign || id < first - 1,
    }
  }

  /** Calls back with each new event; returns what stops it. */
  onEvent(listener: (event: DaemonEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
