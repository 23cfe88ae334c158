/** An action at a moment of virtual time. */
export interface Event {
  readonly time: number
  readonly order: number
  /** Undefined after a cancel. */
  action: (() => void) | undefined
}

/** A binary heap of events by time; events of the same time keep their order. */
export class EventQueue {
  readonly #heap: Event[] = []
  #order = 0

  add(time: number, action: () => void): Event {
    const event = { time, order: this.#order++, action }
    this.#heap.push(event)
    this.#rise(this.#heap.length - 1)
    return event
  }

  /** Removes and returns the next event that was not cancelled. */
  take(): Event | undefined {
    while (this.#heap.length > 0) {
      const first = this.#heap[0] as Event
      const last = this.#heap.pop() as Event
      if (this.#heap.length > 0) {
        this.#heap[0] = last
        this.#sink(0)
      }
      if (first.action !== undefined) return first
    }
    return undefined
  }

  /** Waiting events, cancelled ones included. */
  get size(): number {
    return this.#heap.length
  }

  #rise(start: number): void {
    let index = start
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!this.#isBefore(index, parent)) return
      this.#swap(index, parent)
      index = parent
    }
  }

  #sink(start: number): void {
    let index = start
    for (;;) {
      const left = 2 * index + 1
      const right = left + 1
      let least = index
      if (left < this.#heap.length && this.#isBefore(left, least)) least = left
      if (right < this.#heap.length && this.#isBefore(right, least)) least = right
      if (least === index) return
      this.#swap(index, least)
      index = least
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [x, y] = [this.#heap[a] as Event, this.#heap[b] as Event]
    return x.time < y.time || (x.time === y.time && x.order < y.order)
  }

  #swap(a: number, b: number): void {
    const kept = this.#heap[a] as Event
    this.#heap[a] = this.#heap[b] as Event
    this.#heap[b] = kept
  }
}
