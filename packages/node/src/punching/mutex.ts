/** Admits one holder at a time and makes nobody wait. */
export class Mutex {
  #isLocked = false

  /** Returns the function that unlocks, or undefined while it is locked. */
  tryLock(): (() => void) | undefined {
    if (this.#isLocked) return undefined
    this.#isLocked = true
    return () => {
      this.#isLocked = false
    }
  }
}
