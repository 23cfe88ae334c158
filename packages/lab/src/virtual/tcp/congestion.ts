import { sequenceDistance } from './sequence.ts'

/** Segments sent before the first acknowledgement. RFC 6928 §2. */
const INITIAL_WINDOW_SEGMENTS = 10
/** Duplicate acknowledgements that mean a loss. RFC 5681 §3.2. */
const DUPLICATES = 3

/** The congestion window: slow start, congestion avoidance, fast recovery. RFC 5681, RFC 6582. */
export class CongestionWindow {
  bytes: number
  readonly #segment: number
  #threshold = Number.POSITIVE_INFINITY
  #duplicates = 0
  /** During recovery: the sequence number whose acknowledgement ends it. */
  #recoverTo: number | undefined

  constructor(segmentBytes: number) {
    this.#segment = segmentBytes
    this.bytes = INITIAL_WINDOW_SEGMENTS * segmentBytes
  }

  /** Counts acknowledged bytes; true when the next segment is lost too. */
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

  /** Counts a duplicate acknowledgement; true when its segment has to be resent. */
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
