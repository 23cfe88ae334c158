/** Chunks below this are copied together: a byte of its own object costs a hundred. */
const SMALL = 512
/** The size in which small chunks are collected. */
const BLOCK = 4096

/** Received bytes that nobody has read yet, in chunks whose cost stays near their size. */
export class UnreadQueue {
  #chunks: Uint8Array[] = []
  #first = 0
  #bytes = 0
  /** The block whose used part is the last chunk. */
  #block: Uint8Array | undefined
  #used = 0

  get bytes(): number {
    return this.#bytes
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    this.#bytes += chunk.length
    const isFirst = this.#first === this.#chunks.length
    if (chunk.length >= SMALL || isFirst) {
      this.#block = undefined
      this.#chunks.push(chunk)
    } else this.#collect(chunk)
  }

  /** The next chunk; undefined when there is none. */
  shift(): Uint8Array | undefined {
    const chunk = this.#chunks[this.#first]
    if (chunk === undefined) return undefined
    this.#bytes -= chunk.length
    if (this.#chunks.length === 1) {
      this.#chunks.pop() // The usual case: whoever reads is as quick as the path.
      this.#block = undefined
      return chunk
    }
    this.#chunks[this.#first++] = NOTHING
    if (this.#first === this.#chunks.length) {
      this.#chunks = []
      this.#first = 0
      this.#block = undefined
    }
    return chunk
  }

  clear(): void {
    this.#chunks = []
    this.#first = 0
    this.#bytes = 0
    this.#block = undefined
  }

  #collect(chunk: Uint8Array): void {
    if (this.#block === undefined || this.#used + chunk.length > BLOCK) {
      this.#block = new Uint8Array(BLOCK)
      this.#used = 0
      this.#chunks.push(NOTHING)
    }
    this.#block.set(chunk, this.#used)
    this.#used += chunk.length
    this.#chunks[this.#chunks.length - 1] = this.#block.subarray(0, this.#used)
  }
}

const NOTHING = new Uint8Array()
