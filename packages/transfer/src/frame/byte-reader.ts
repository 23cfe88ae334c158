import { TransferError } from '../transfer-error.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads back the bytes of a `ByteWriter`. Throws `TRANSFER_MALFORMED` where they end early or are out of range. */
export class ByteReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Bytes that were not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at
  }

  byte(): number {
    const value = this.#bytes[this.#at]
    if (value === undefined) throw malformed('the bytes end early')
    this.#at++
    return value
  }

  /** An integer from 0 to 2^53 - 1. */
  integer(): number {
    let [value, scale] = [0, 1]
    for (;;) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (value > Number.MAX_SAFE_INTEGER || scale > 2 ** 49) throw malformed('an integer above 2^53 - 1')
      if (byte < 0x80) return value
      scale *= 0x80
    }
  }

  /** A part of the bytes, not a copy. */
  raw(length: number): Uint8Array {
    if (length > this.left) throw malformed(`${length} bytes announced, ${this.left} left`)
    const bytes = this.#bytes.subarray(this.#at, this.#at + length)
    this.#at += length
    return bytes
  }

  text(maxBytes: number): string {
    const length = this.integer()
    if (length > maxBytes) throw malformed(`a text of ${length} bytes: at most ${maxBytes}`)
    try {
      return decoder.decode(this.raw(length))
    } catch (error) {
      throw error instanceof TransferError ? error : malformed('a text that is not UTF-8')
    }
  }
}

/** The error for bytes that are not allowed. */
export function malformed(message: string): TransferError {
  return new TransferError('TRANSFER_MALFORMED', message)
}
