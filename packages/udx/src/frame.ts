/**
 * A frame inside a udx stream. Frames add the flow control that udx itself lacks:
 *
 * - N (4 bytes, 1 to 4,294,967,039), then N bytes of data.
 * - 0 (4 bytes), then the number of bytes more that may be sent (4 bytes): a credit. RFC 9000 §19.10.
 * - 4,294,967,295 (4 bytes): the end of the data. Credits may follow; after udx' own end they could not.
 * - 4,294,967,040 to 4,294,967,294 (4 bytes): reserved. N (4 bytes) and N bytes follow, which a decoder skips.
 *
 * Numbers are big-endian.
 */
export type Frame =
  | { readonly type: 'data'; readonly bytes: Uint8Array }
  | { readonly type: 'credit'; readonly bytes: number }
  | { readonly type: 'end' }

export const HEADER_LENGTH = 4
const CREDIT = 0
const END = 0xffff_ffff
/** The first number of a frame that only a later version knows. */
const RESERVED = 0xffff_ff00

/** Encodes 1 to 4,294,967,039 bytes of data into `frame`, which has room for them and the header. */
export function encodeData(
  bytes: Uint8Array,
  frame: Uint8Array = new Uint8Array(HEADER_LENGTH + bytes.length),
): Uint8Array {
  new DataView(frame.buffer, frame.byteOffset).setUint32(0, bytes.length)
  frame.set(bytes, HEADER_LENGTH)
  return frame
}

/** Encodes a credit. */
export function encodeCredit(bytes: number): Uint8Array {
  const frame = new Uint8Array(2 * HEADER_LENGTH)
  const view = new DataView(frame.buffer)
  view.setUint32(0, CREDIT)
  view.setUint32(HEADER_LENGTH, bytes)
  return frame
}

/** Encodes the end of the data. */
export function encodeEnd(): Uint8Array {
  return new Uint8Array(HEADER_LENGTH).fill(0xff)
}

/** Decodes frames from a byte stream. Data is passed on in parts: only an unfinished header is kept. */
export class FrameDecoder {
  /** Bytes of the current frame that are still to come: its data, or what is skipped. */
  #missing = 0
  #isSkipped = false
  /** The meaning of the next number. */
  #next: 'header' | 'credit' | 'skip' = 'header'
  #number = 0
  #digits = 0

  decode(chunk: Uint8Array): Frame[] {
    const frames: Frame[] = []
    let at = 0
    while (at < chunk.length) {
      if (this.#missing > 0) {
        const bytes = chunk.subarray(at, at + this.#missing)
        at += bytes.length
        this.#missing -= bytes.length
        if (!this.#isSkipped) frames.push({ type: 'data', bytes })
        continue
      }
      this.#number = this.#number * 256 + (chunk[at++] ?? 0)
      if (++this.#digits < HEADER_LENGTH) continue
      const frame = this.#header(this.#number)
      if (frame !== undefined) frames.push(frame)
      this.#number = 0
      this.#digits = 0
    }
    return frames
  }

  #header(number: number): Frame | undefined {
    const meaning = this.#next
    this.#next = 'header'
    if (meaning === 'credit') return { type: 'credit', bytes: number }
    if (meaning === 'header') {
      if (number === END) return { type: 'end' }
      if (number === CREDIT) this.#next = 'credit'
      if (number >= RESERVED) this.#next = 'skip'
      if (this.#next !== 'header') return undefined
    }
    this.#isSkipped = meaning === 'skip'
    this.#missing = number
    return undefined
  }
}
