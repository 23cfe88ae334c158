/** A lost packet is sent again behind all that waits in the buffer of the slowest line: 256 KiB in usual routers. */
const QUEUE_BYTES = 262_144
/** How much of an older, longer time the next answer leaves. */
const DECAY = 1 / 2

/** Bytes that the peer has not acknowledged, and since when they are the last 256 KiB at most. */
interface Probe {
  readonly offset: number
  since: number
}

/**
 * How long the peer takes for an answer while bytes wait on the way. A line that is slow drops a packet when its buffer is
 * full. Until that packet has come again, behind all others, nothing arrives in order: neither bytes nor
 * acknowledgements. Bytes that wait in this host count for nothing, so time runs when 256 KiB are left before the probe.
 */
export class AnswerTime {
  #ms = 0
  #probe: Probe | undefined

  /** The longest of late, halved by each answer. A probe that waits counts for the time in which others were answered. */
  longestMs(heardAt: number): number {
    return Math.max(this.#ms, heardAt - (this.#probe?.since ?? heardAt))
  }

  /** Ordered frames below an offset were sent. */
  sent(offset: number, now: number): void {
    this.#probe ??= { offset, since: now }
  }

  /** The peer has everything below an offset. */
  acknowledge(offset: number, now: number): void {
    const probe = this.#probe
    if (probe === undefined) return
    if (offset >= probe.offset) {
      this.#probe = undefined
      this.sample(now - probe.since)
    } else if (offset < probe.offset - QUEUE_BYTES) probe.since = now
  }

  /** A ping was answered. */
  sample(ms: number): void {
    this.#ms = Math.max(ms, this.#ms * DECAY)
  }

  /** Frames under way may be lost, or this process stood still: an answer to them says nothing. */
  forget(): void {
    this.#probe = undefined
  }
}
