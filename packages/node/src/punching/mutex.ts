/** Something that is done by one at a time. */
export class Mutex {
  #isTaken = false

  /** Returns what ends the turn, or undefined while somebody else has it. */
  tryLock(): (() => void) | undefined {
    if (this.#isTaken) return undefined
    this.#isTaken = true
    return () => {
      this.#isTaken = false
    }
  }
}
