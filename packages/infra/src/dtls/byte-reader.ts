/** Reads fields of a message in turn. After a field that is not there, all further ones are empty and `isSound` is false. */
export class ByteReader {
  readonly #bytes: Uint8Array
  #offset = 0
  #isSound = true

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Whether each field read so far was there. */
  get isSound(): boolean {
    return this.#isSound
  }

  get isAtEnd(): boolean {
    return this.#offset >= this.#bytes.length
  }

  take(length: number): Uint8Array {
    const end = this.#offset + length
    if (!this.#isSound || end > this.#bytes.length) {
      this.#isSound = false
      this.#offset = this.#bytes.length
      return new Uint8Array()
    }
    const field = this.#bytes.subarray(this.#offset, end)
    this.#offset = end
    return field
  }

  /** A big-endian number of up to six bytes. */
  number(length: number): number {
    return this.take(length).reduce((value, byte) => value * 256 + byte, 0)
  }

  /** A vector: its length in so many bytes, then its content. RFC 5246 §4.3. */
  vector(lengthBytes: number): Uint8Array {
    return this.take(this.number(lengthBytes))
  }
}

/** Encodes a number in so many bytes, big-endian. */
export function encodeNumber(value: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Math.floor(value / 256 ** (length - 1 - i)) % 256)
}

/** The 16-bit numbers of a vector's content. */
export function decodeNumbers(content: Uint8Array): number[] {
  return Array.from(
    { length: content.length >> 1 },
    (_, i) => ((content[2 * i] ?? 0) << 8) | (content[2 * i + 1] ?? 0),
  )
}
