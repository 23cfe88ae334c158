import { encodeFrame, encodeStreamHeader, type Frame } from './frame.ts'
import type { StreamPart } from '../stream/stream-sender.ts'

/** Memory for so many bytes, which need not be zero. */
export type Allocate = (length: number) => Uint8Array

/** Frames that are sent together, put into one piece of memory of exactly their size. */
export class FrameBatch {
  readonly #parts: Uint8Array[] = []
  readonly #payloads: (readonly [end: number, payload: number])[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Where stream frames end, and how many bytes of a stream each has. */
  get payloads(): readonly (readonly [end: number, payload: number])[] {
    return this.#payloads
  }

  add(frame: Frame): void {
    this.#push(encodeFrame(frame))
  }

  addStream(id: number, { offset, chunks, length }: StreamPart): void {
    this.#push(encodeStreamHeader(id, offset, length))
    for (const chunk of chunks) this.#push(chunk)
    this.#payloads.push([this.#length, length])
  }

  /** The bytes: a copy, which no caller can change afterwards. */
  join(allocate: Allocate): Uint8Array {
    const bytes = allocate(this.#length)
    let at = 0
    for (const part of this.#parts) {
      bytes.set(part, at)
      at += part.length
    }
    return bytes
  }

  #push(part: Uint8Array): void {
    this.#parts.push(part)
    this.#length += part.length
  }
}
