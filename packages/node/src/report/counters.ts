/** The things that are counted: calls by result, their attempts, pipes in either direction, offers that came. */
export type CounterName = 'calls' | 'attempts' | 'pipes' | 'offers'

/** A count since the start of the node. Labels tell counts of one name apart, as in metrics systems. */
export interface Counter {
  readonly name: CounterName
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Counts things by name and labels. */
export class Counters {
  readonly #counters = new Map<string, Counter>()

  /** Adds one. */
  count(name: CounterName, labels: Counter['labels']): void {
    const key = JSON.stringify([name, labels])
    const value = (this.#counters.get(key)?.value ?? 0) + 1
    this.#counters.set(key, { name, labels, value })
  }

  list(): Counter[] {
    return [...this.#counters.values()]
  }
}
