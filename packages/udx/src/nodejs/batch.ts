/**
 * Joins the chunks that come in one turn of the event loop, because each chunk costs time later. The native part
 * writes chunks of packet size one after another into one buffer, so joining copies nothing.
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

  /** Delivers the current chunk without waiting for the end of the turn. */
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
