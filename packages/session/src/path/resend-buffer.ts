/** A part of what was sent, as it was allocated. */
interface Segment {
  readonly start: number
  readonly bytes: Uint8Array
  /** It was sent by one path alone, so nothing else refers to it once it is acknowledged. */
  isOnce: boolean
}

/** Used-up places at the front of an array are given back when there are so many. */
const COMPACT_AT = 64

/**
 * The ordered frames that the peer has not acknowledged, as bytes at offsets of the session. They were copied
 * when they were sent: what a caller does to its buffers afterwards does not matter.
 */
export class ResendBuffer {
  readonly #release: (bytes: Uint8Array) => void
  #segments: Segment[] = []
  #first = 0
  /** Offset after a stream frame, and bytes of streams up to there. */
  #marks: { readonly end: number; readonly payload: number }[] = []
  #firstMark = 0
  #start = 0
  #end = 0
  #payload = 0
  #acknowledgedPayload = 0

  /** `release` takes memory that is not needed any more. */
  constructor(release: (bytes: Uint8Array) => void = () => {}) {
    this.#release = release
  }

  /** The first offset that is not acknowledged. */
  get start(): number {
    return this.#start
  }

  /** The offset after the last frame. */
  get end(): number {
    return this.#end
  }

  /** Bytes of streams among what is not acknowledged. */
  get unacknowledgedPayload(): number {
    return this.#payload - this.#acknowledgedPayload
  }

  /** Appends encoded frames. `payloads` are pairs: an offset in `bytes` after a stream frame, and its payload. */
  append(bytes: Uint8Array, payloads: readonly (readonly [end: number, payload: number])[]): void {
    this.#segments.push({ start: this.#end, bytes, isOnce: true })
    for (const [end, payload] of payloads) {
      this.#payload += payload
      this.#marks.push({ end: this.#end + end, payload: this.#payload })
    }
    this.#end += bytes.length
  }

  /** Forgets what is below an offset. */
  acknowledge(offset: number): void {
    if (offset <= this.#start) return
    this.#start = offset
    const { length } = this.#segments
    for (; this.#first < length; this.#first++) {
      const segment = this.#segments[this.#first] as Segment
      if (segment.start + segment.bytes.length > offset) break
      if (segment.isOnce) this.#release(segment.bytes)
    }
    const marks = this.#marks
    for (let mark = marks[this.#firstMark]; mark && mark.end <= offset; mark = marks[++this.#firstMark]) {
      this.#acknowledgedPayload = mark.payload
    }
    this.#compact()
  }

  /** Nothing of it is sent again. */
  clear(): void {
    this.resend() // A path may still refer to its memory.
    this.acknowledge(this.#end)
  }

  /** All of it is sent again: another path may still refer to its memory. */
  resend(): void {
    for (let i = this.#first; i < this.#segments.length; i++) (this.#segments[i] as Segment).isOnce = false
  }

  /**
   * The bytes from an offset on, as they were appended: until a piece of them ends beyond `maxBytes`, so that
   * no frame is cut.
   */
  slice(from: number, maxBytes: number): Uint8Array[] {
    const parts: Uint8Array[] = []
    if (from >= this.#end) return parts
    for (let i = this.#indexOf(from); i < this.#segments.length; i++) {
      const { start, bytes } = this.#segments[i] as Segment
      if (start >= from + maxBytes) break
      parts.push(start < from ? bytes.subarray(from - start) : bytes)
    }
    return parts
  }

  /** The segment that holds an offset; mostly the last one. */
  #indexOf(offset: number): number {
    let low = this.#first
    let high = this.#segments.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#segments[middle] as Segment).start <= offset) low = middle
      else high = middle - 1
    }
    return low
  }

  #compact(): void {
    if (this.#first >= COMPACT_AT || this.#first === this.#segments.length) {
      this.#segments = this.#segments.slice(this.#first)
      this.#first = 0
    } else if (this.#first > 0) {
      // Acknowledged bytes must not be kept alive by their place.
      this.#segments.fill({ start: 0, bytes: NOTHING, isOnce: false }, 0, this.#first)
    }
    if (this.#firstMark >= COMPACT_AT || this.#firstMark === this.#marks.length) {
      this.#marks = this.#marks.slice(this.#firstMark)
      this.#firstMark = 0
    }
  }
}

const NOTHING = new Uint8Array()
