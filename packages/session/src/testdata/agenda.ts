/** Actions at moments of virtual time. */
export class Agenda {
  #now = 0
  #next = 0
  /** Sorted, the earliest last. */
  readonly #entries: { readonly at: number; readonly order: number; readonly action: () => void }[] = []

  get now(): number {
    return this.#now
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0
  }

  at(time: number, action: () => void): void {
    const entry = { at: Math.max(time, this.#now), order: this.#next++, action }
    let low = 0
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#entries[middle]?.at ?? 0) > entry.at) low = middle + 1
      else high = middle
    }
    this.#entries.splice(low, 0, entry)
  }

  after(delay: number, action: () => void): void {
    this.at(this.#now + delay, action)
  }

  /** Does the next thing; false when there is none. */
  step(): boolean {
    const entry = this.#entries.pop()
    if (entry === undefined) return false
    this.#now = entry.at
    entry.action()
    return true
  }
}
