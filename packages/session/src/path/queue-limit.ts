import { ACK_BULK_DELAY_MS } from './path.ts'

/** The queue that bulk data may have in the path's buffers: people notice delays of 20 ms, there and back, when they type. */
const TARGET_MS = 5
/** One record of TLS. Fewer bytes acknowledged at once say nothing about the path's rate. */
const MIN_LIMIT = 16_384
/** Growth while there is no queue, of which half is taken at once: the path may carry more than it did. */
const GAIN = 1.2
/** Delays older than this may be those of another route. */
const MEMORY_MS = 10_000

/** Bytes whose acknowledgement is timed. */
interface Probe {
  /** It is acknowledged beyond this offset. */
  readonly offset: number
  readonly at: number
  /** Offset below which everything had arrived by then. */
  readonly acknowledged: number
}

/**
 * How much may wait for acknowledgement while bulk data shares the path with short streams: the bandwidth-delay product of the
 * path, and 5 ms. Without this limit the buffers of a host take megabytes, and short streams wait behind them. RFC 6817
 * §2.4.2 has such a target.
 */
export class QueueLimit {
  /** Infinity until the path has shown its rate. */
  #bytes = Number.POSITIVE_INFINITY
  #probe: Probe | undefined
  #isHit = false
  /** The shortest delays of this interval and of the one before it. */
  #shortest = Number.POSITIVE_INFINITY
  #shortestBefore = Number.POSITIVE_INFINITY
  #intervalAt = Number.NEGATIVE_INFINITY

  /** How much more may be sent. */
  room(unacknowledged: number): number {
    return Math.max(0, this.#bytes - unacknowledged)
  }

  /** The path would have taken more. */
  hit(): void {
    this.#isHit = true
  }

  /** Bytes are sent from an offset on; those below `acknowledged` have arrived. */
  send(offset: number, acknowledged: number, now: number): void {
    this.#probe ??= { offset, at: now, acknowledged }
  }

  /** Everything below an offset has arrived. */
  acknowledge(offset: number, now: number, roundTripMs = Number.POSITIVE_INFINITY): void {
    if (this.#probe === undefined || offset <= this.#probe.offset) return
    const delay = Math.max(now - this.#probe.at, 1)
    const bytes = offset - this.#probe.acknowledged
    this.#probe = undefined
    this.#remember(delay, now)
    if (bytes < MIN_LIMIT) return
    const shortest = Math.min(this.#shortest, this.#shortestBefore, roundTripMs) + ACK_BULK_DELAY_MS
    const isEmpty = delay < shortest + TARGET_MS / 2
    if (isEmpty && !this.#isHit) return
    this.#adapt((bytes / delay) * (shortest + TARGET_MS), isEmpty)
  }

  /** Goes on by a path of which nothing is known. */
  reset(): void {
    this.#probe = undefined
    this.#shortest = this.#shortestBefore = Number.POSITIVE_INFINITY
  }

  /** Goes half the way to a new limit, since single samples vary. */
  #adapt(bytes: number, isEmpty: boolean): void {
    const before = Number.isFinite(this.#bytes) ? this.#bytes : bytes
    const wanted = isEmpty ? Math.max(bytes, GAIN * before) : bytes
    this.#bytes = Math.max(MIN_LIMIT, Math.floor((before + wanted) / 2))
    this.#isHit = false
  }

  #remember(delay: number, now: number): void {
    if (now - this.#intervalAt >= MEMORY_MS / 2) {
      this.#intervalAt = now
      this.#shortestBefore = this.#shortest
      this.#shortest = Number.POSITIVE_INFINITY
    }
    this.#shortest = Math.min(this.#shortest, delay)
  }
}
