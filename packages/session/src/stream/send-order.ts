import type { Stream } from './stream.ts'

/** A stream with so few bytes is short: a key, a request, an answer. */
const MAX_SHORT = 4096
/** Short bytes of one stream within an interval; a stream with more is bulk, however it is written. */
const MAX_SHORT_BYTES = 16_384
const INTERVAL_MS = 10
/** Short streams delay the bulk ones by this part of a batch at most. */
const SHORT_SHARE = 1 / 2
/** The path counts as shared for so long after a short stream was sent beside a bulk one. */
const SHARED_MS = 1000

/** Bytes that a batch may have, and those that it may have with the bulk streams. */
export type Room = readonly [all: number, bulk: number]

/** The order in which streams send: short ones first, then the bulk ones in turn. RFC 8290 §4.2 does so with flows. */
export class SendOrder {
  /** Sets, so that each stream gets its turn once. */
  readonly #short = new Set<Stream>()
  readonly #bulk = new Set<Stream>()
  #lastBulk: Stream | undefined
  #bulkAt = Number.NEGATIVE_INFINITY
  #sharedAt = Number.NEGATIVE_INFINITY

  get size(): number {
    return this.#short.size + this.#bulk.size
  }

  /** A short stream was sent beside a bulk one a moment ago: what waits below delays it. */
  isShared(now: number): boolean {
    return now - this.#sharedAt < SHARED_MS
  }

  /** A stream has bytes, or its end, to be sent. */
  add(stream: Stream): void {
    if (this.#bulk.has(stream)) return
    if (stream.sender.sendable <= MAX_SHORT) return void this.#short.add(stream)
    this.#short.delete(stream)
    this.#bulk.add(stream)
  }

  delete(stream: Stream): void {
    this.#short.delete(stream)
    this.#bulk.delete(stream)
  }

  clear(): void {
    this.#short.clear()
    this.#bulk.clear()
  }

  /** Takes the next short stream, while those before it had less than their part of a batch; `used` bytes are in the batch. */
  takeShort(now: number, used: number, maxBytes: number): Stream | undefined {
    for (const stream of this.#short) {
      if (used > maxBytes * (this.#bulk.size > 0 ? SHORT_SHARE : 1)) return undefined
      this.#short.delete(stream)
      if (this.#isShort(stream, now)) return stream
      this.#bulk.add(stream)
    }
    return undefined
  }

  /** Takes the next bulk stream. */
  takeBulk(now: number): Stream | undefined {
    for (const stream of this.#bulk) {
      this.#bulk.delete(stream)
      this.#lastBulk = stream
      this.#bulkAt = now
      return stream
    }
    return undefined
  }

  /** Counts the bytes that a stream is about to send. */
  #isShort(stream: Stream, now: number): boolean {
    const { sendable } = stream.sender
    if (now - stream.shortAt >= INTERVAL_MS) {
      stream.shortAt = now
      stream.shortBytes = 0
    }
    if (sendable > MAX_SHORT || stream.shortBytes + sendable > MAX_SHORT_BYTES) return false
    stream.shortBytes += sendable
    if (stream !== this.#lastBulk && now - this.#bulkAt < SHARED_MS) this.#sharedAt = now
    return true
  }
}
