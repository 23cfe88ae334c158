/** Memory is taken from the system in pieces of this. */
const SLAB_LENGTH = 2 ** 18
/** Longer buffers have memory of their own: the rest of a slab would be wasted. */
const MAX_CUT = 2 ** 14

/**
 * Buffers for bytes that are soon forgotten, cut from larger pieces of memory: taking each from the system costs more than
 * its use. A piece is free when all its buffers are forgotten.
 */
export class Slab {
  #slab: Buffer = Buffer.alloc(0)
  #used = 0

  /** A buffer that nobody else has; it need not be zero. */
  allocate(length: number): Buffer {
    if (length > MAX_CUT) return Buffer.allocUnsafeSlow(length)
    if (this.#used + length > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_LENGTH)
      this.#used = 0
    }
    this.#used += length
    return this.#slab.subarray(this.#used - length, this.#used)
  }
}
