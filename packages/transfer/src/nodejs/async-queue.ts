/** Items that one loop adds and another takes. */
export class AsyncQueue<Item> {
  #items: Item[] = []
  #taken = 0
  #hasEnded = false
  #wake: () => void = () => {}

  get length(): number {
    return this.#items.length - this.#taken
  }

  push(item: Item): void {
    this.#items.push(item)
    this.#wake()
  }

  /** Nothing else follows. */
  end(): void {
    this.#hasEnded = true
    this.#wake()
  }

  /** The next item if there is one. */
  tryTake(): Item | undefined {
    const item = this.#items[this.#taken]
    if (item === undefined) return undefined
    this.#taken++
    if (this.#taken > 1024 && this.#taken * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#taken)
      this.#taken = 0
    }
    return item
  }

  /** The next item; `undefined` after the last one. For one taker at a time. */
  async take(): Promise<Item | undefined> {
    for (;;) {
      const item = this.tryTake()
      if (item !== undefined || this.#hasEnded) return item
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}
