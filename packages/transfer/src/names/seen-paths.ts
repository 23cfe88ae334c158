/** The paths that were seen, as 64-bit hashes: a million take 32 MB at most. */
export class SeenPaths {
  /** Two words for the folded path and two for the exact one; zeros where a slot is free. */
  #words = new Uint32Array(4 * 64)
  #count = 0

  /** `same` when this path was seen, `clash` when another one with the same folded path was. */
  add(folded: string, exact: string): 'new' | 'same' | 'clash' {
    if (4 * (this.#count + 1) > (this.#words.length * 3) / 4) this.#grow()
    const entry = Uint32Array.of(hash(folded, 1) || 1, hash(folded, 2), hash(exact, 3), hash(exact, 4))
    const slot = this.#slotOf(this.#words, entry)
    const words = this.#words.subarray(slot, slot + 4)
    if (words[0] !== 0) return words[2] === entry[2] && words[3] === entry[3] ? 'same' : 'clash'
    words.set(entry)
    this.#count++
    return 'new'
  }

  /** The slot with the same folded path, or the free one where it belongs. */
  #slotOf(table: Uint32Array, [first = 0, second = 0]: Uint32Array): number {
    const slots = table.length / 4
    let slot = (second % slots) * 4
    while (table[slot] !== 0 && !(table[slot] === first && table[slot + 1] === second)) {
      slot = (slot + 4) % table.length
    }
    return slot
  }

  #grow(): void {
    const larger = new Uint32Array(2 * this.#words.length)
    for (let at = 0; at < this.#words.length; at += 4) {
      const entry = this.#words.subarray(at, at + 4)
      if (entry[0] !== 0) larger.set(entry, this.#slotOf(larger, entry))
    }
    this.#words = larger
  }
}

/** FNV-1a over UTF-16, with its bits mixed. */
function hash(text: string, seed: number): number {
  let state = (0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1)) >>> 0
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193)
  state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d)
  state = Math.imul(state ^ (state >>> 13), 0x297a2d39)
  return (state ^ (state >>> 16)) >>> 0
}
