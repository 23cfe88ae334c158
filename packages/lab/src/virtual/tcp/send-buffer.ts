/** Bytes written and not yet acknowledged. */
export class SendBuffer {
  readonly #chunks: Uint8Array[] = []
  length = 0

  append(data: Uint8Array): void {
    if (data.length === 0) return
    this.#chunks.push(data)
    this.length += data.length
  }

  /** Copies up to `length` bytes from `offset` on. */
  slice(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.length - offset)))
    let filled = 0
    let skip = offset
    for (const chunk of this.#chunks) {
      if (filled === bytes.length) break
      const part = chunk.subarray(skip, skip + bytes.length - filled)
      skip = Math.max(0, skip - chunk.length)
      bytes.set(part, filled)
      filled += part.length
    }
    return bytes
  }

  /** Forgets the first `length` bytes. */
  drop(length: number): void {
    this.length -= length
    let left = length
    while (left > 0) {
      const [first] = this.#chunks as [Uint8Array]
      if (first.length > left) this.#chunks[0] = first.subarray(left)
      else this.#chunks.shift()
      left -= Math.min(left, first.length)
    }
  }
}
