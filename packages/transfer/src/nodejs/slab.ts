import { MAX_PAYLOAD } from '../frame/frame.ts'

/** Memory is taken from the system in pieces of this. */
const SLAB_LENGTH = 2 ** 18
/** Longer buffers have memory of their own: the rest of a slab would be wasted. */
const MAX_CUT = 2 ** 14
/** Buffers for chunks are at least this long. */
const MIN_CHUNK = 2 ** 19
/** Chunks that are kept for later: as many as are written at once. */
const MAX_KEPT = 16

/**
 * Buffers for bytes that are soon forgotten, cut from larger pieces of memory: taking each from the system costs more than
 * its use. A piece is free when all its buffers are forgotten. Buffers for chunks can be given back: V8 collects the whole heap
 * again and again while a hundred of them are forgotten each second.
 */
export class Slab {
  #slab: Buffer = Buffer.alloc(0)
  #used = 0
  readonly #kept: ArrayBufferLike[] = []
  readonly #lent = new WeakSet<ArrayBufferLike>()

  /** A buffer that nobody else has; it need not be zero. */
  allocate(length: number): Buffer {
    if (length >= MIN_CHUNK && length <= MAX_PAYLOAD) return this.#allocateChunk(length)
    if (length > MAX_CUT) return Buffer.allocUnsafeSlow(length)
    if (this.#used + length > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_LENGTH)
      this.#used = 0
    }
    this.#used += length
    return this.#slab.subarray(this.#used - length, this.#used)
  }

  /** Takes the memory of a chunk back, to which nobody refers any more; other buffers are left alone. */
  release({ buffer }: Uint8Array): void {
    if (this.#lent.delete(buffer) && this.#kept.length < MAX_KEPT) this.#kept.push(buffer)
  }

  #allocateChunk(length: number): Buffer {
    const memory = this.#kept.pop() ?? Buffer.allocUnsafeSlow(MAX_PAYLOAD).buffer
    this.#lent.add(memory)
    return Buffer.from(memory, 0, length)
  }
}
