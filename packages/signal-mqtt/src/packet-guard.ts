/** The remaining length of a packet takes at most so many bytes. MQTT 5.0 §1.5.5. */
const MAX_LENGTH_BYTES = 4

/**
 * Follows the framing of an MQTT byte stream, to end a connection whose broker starts a packet larger
 * than anything it may send: a parser would collect up to 256 MB of it. MQTT 5.0 §2.1.
 */
export class PacketGuard {
  readonly #maxBytes: number
  /** Bytes of the current packet still to come, after its length is known. */
  #left = 0
  #lengthBytes = -1
  #length = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Whether all is well so far. */
  accept(chunk: Uint8Array): boolean {
    let offset = 0
    while (offset < chunk.length) {
      if (this.#left > 0) {
        const skipped = Math.min(this.#left, chunk.length - offset)
        this.#left -= skipped
        offset += skipped
      } else if (!this.#header(chunk[offset++] ?? 0)) return false
    }
    return true
  }

  /** The first byte is type and flags, then come seven bits of length at a time. */
  #header(byte: number): boolean {
    if (this.#lengthBytes >= 0) this.#length += (byte & 0x7f) * 128 ** this.#lengthBytes
    const more = this.#lengthBytes < 0 || (byte & 0x80) !== 0
    this.#lengthBytes++
    if (more) return this.#lengthBytes < MAX_LENGTH_BYTES
    if (this.#length > this.#maxBytes) return false
    this.#left = this.#length
    this.#lengthBytes = -1
    this.#length = 0
    return true
  }
}
