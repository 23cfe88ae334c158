/** How far behind the newest datagram one may come: reordering that networks do, by a wide margin. */
export const REPLAY_WINDOW = 1024

const WORD_BITS = 32
/** A power of two above the window and a word, so that words are cleared whole. RFC 6479 §2. */
const WORDS = 64

/** Accepts each counter once, and none from before the window. RFC 4303 §3.4.3, RFC 6479. */
export class ReplayWindow {
  readonly #seen = new Uint32Array(WORDS)
  #newest = -1

  /** Whether a counter is new. `record` marks it as seen, once its datagram is authentic. */
  isNew(counter: number): boolean {
    if (counter > this.#newest) return true
    if (counter <= this.#newest - REPLAY_WINDOW) return false
    return ((this.#seen[wordOf(counter)] ?? 0) & bitOf(counter)) === 0
  }

  record(counter: number): void {
    if (!this.isNew(counter)) return
    const entered = Math.floor(counter / WORD_BITS) - Math.floor(this.#newest / WORD_BITS)
    if (counter > this.#newest) {
      for (let word = 0; word < Math.min(entered, WORDS); word++) {
        this.#seen[wordOf(counter - word * WORD_BITS)] = 0
      }
      this.#newest = counter
    }
    const word = wordOf(counter)
    this.#seen[word] = (this.#seen[word] ?? 0) | bitOf(counter)
  }
}

// Counters go beyond 32 bits, where shifting would cut them.
const wordOf = (counter: number) => Math.floor(counter / WORD_BITS) % WORDS
const bitOf = (counter: number) => 1 << (counter % WORD_BITS)
