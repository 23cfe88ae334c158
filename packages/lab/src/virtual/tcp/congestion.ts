import { sequenceDistance } from './sequence.ts'

/** Segments sent before the first acknowledgement. RFC 6928 §2. */
const INITIAL_WINDOW_SEGMENTS = 10
/** Duplicate acknowledgements that mean a loss. RFC 5681 §3.2. */
const DUPLICATES = 3

/** How many bytes may be under way: slow start, congestion avoidance, fast recovery. RFC 5681, RFC 6582. */
export class CongestionWindow {
  bytes: number
  readonly #segment: number
  #threshold = Number.POSITIVE_INFINITY
  #duplicates = 0
  /** While recovering: what has to be acknowledged to be through with it. */
  #recoverTo: number | undefined

  constructor(segmentBytes: number) {
    this.#segment = segmentBytes
    this.bytes = INITIAL_WINDOW_SEGMENTS * segmentBytes
  }

  /** New bytes were acknowledged; true when the next segment is lost as well. */
  acknowledged(bytes: number, sequence: number): boolean {
    this.#duplicates = 0
    if (this.#recoverTo !== undefined) {
      if (sequenceDistance(sequence, this.#recoverTo) < 0) return true
      this.#recoverTo = undefined
      this.bytes = this.#threshold
      return false
    }
    const slowStart = this.bytes < this.#threshold
    this.bytes += slowStart ? Math.min(bytes, this.#segment) : (this.#segment * this.#segment) / this.bytes
    return false
  }

  /** An acknowledgement came again; true when the segment it asks for is to be sent anew. */
  duplicated(inFlight: number, sentTo: number): boolean {
    this.#duplicates++
    if (this.#recoverTo !== undefined) this.bytes += this.#segment
    if (this.#recoverTo !== undefined || this.#duplicates < DUPLICATES) return false
    this.#halve(inFlight)
    this.#recoverTo = sentTo
    this.bytes = this.#threshold + DUPLICATES * this.#segment
    return true
  }

  timedOut(inFlight: number): void {
    this.#halve(inFlight)
    this.#recoverTo = undefined
    this.#duplicates = 0
    this.bytes = this.#segment
  }

  #halve(inFlight: number): void {
    this.#threshold = Math.max(inFlight / 2, 2 * this.#segment)
  }
}
