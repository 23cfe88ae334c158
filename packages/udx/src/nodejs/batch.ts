/**
 * Makes one chunk of those that come within a turn of the event loop, each of a packet's size: what follows costs
 * by the chunk. udx-native writes them one after another into one buffer, so nothing is copied.
 */
export class Batch {
  readonly #deliver: (chunk: Uint8Array) => void
  #chunk: Uint8Array | undefined
  #turn: NodeJS.Immediate | undefined

  constructor(deliver: (chunk: Uint8Array) => void) {
    this.#deliver = deliver
  }

  add(chunk: Uint8Array): void {
    const before = this.#chunk
    if (before !== undefined && follows(before, chunk)) {
      this.#chunk = Buffer.from(before.buffer, before.byteOffset, before.length + chunk.length)
      return
    }
    this.flush()
    this.#chunk = chunk
    this.#turn = setImmediate(() => this.flush())
  }

  /** Delivers what is there, without waiting for the turn to end. */
  flush(): void {
    clearImmediate(this.#turn)
    const chunk = this.#chunk
    this.#chunk = undefined
    if (chunk !== undefined) this.#deliver(chunk)
  }
}

function follows(before: Uint8Array, chunk: Uint8Array): boolean {
  return chunk.buffer === before.buffer && chunk.byteOffset === before.byteOffset + before.length
}
