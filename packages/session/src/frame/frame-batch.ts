import { encodeFrame, encodeStreamHeader, type Frame } from './frame.ts'
import { type Allocate, joined } from './memory.ts'
import type { StreamPart } from '../stream/stream-sender.ts'

/** Frames that are sent together, put into one piece of memory of exactly their size. */
export class FrameBatch {
  readonly allocate: Allocate
  readonly #parts: Uint8Array[] = []
  readonly #payloads: (readonly [end: number, payload: number])[] = []
  #length = 0

  constructor(allocate: Allocate) {
    this.allocate = allocate
  }

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
  join(): Uint8Array {
    return joined(this.#parts, this.#length, this.allocate)
  }

  #push(part: Uint8Array): void {
    this.#parts.push(part)
    this.#length += part.length
  }
}
