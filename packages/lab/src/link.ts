import type { Random } from './random.ts'

/** A cable, radio link or access line, with the same settings both ways. */
export interface LinkSettings {
  /** One-way delay. @default 5 towards the Internet, 1 inside a LAN */
  readonly delayMs?: number
  /** Added to the delay, drawn evenly from 0 to this; packets keep their order. @default 0 */
  readonly jitterMs?: number
  /** Share of packets lost, 0 to 1. @default 0 */
  readonly loss?: number
  /** Share of packets that arrive one delay later, so that others overtake them. @default 0 */
  readonly reorder?: number
  /** Share of packets that arrive twice. @default 0 */
  readonly duplicate?: number
  /** The longest IP packet in bytes; longer ones are lost without an ICMP error. RFC 2923 §2.1. @default no limit */
  readonly mtu?: number
  /** Beyond this rate packets queue, for up to `queueMs`. @default no limit */
  readonly bitsPerSecond?: number
  /** The longest wait of a packet for a busy line; one that would wait longer is lost. @default 200, as in a usual router */
  readonly queueMs?: number
}

/** Bytes of headers around a payload: roughly IPv4 and TCP. */
export const HEADER_BYTES = 40

/** One direction of a link, which computes when a packet arrives. Its only state is the queue. */
export class LinkDirection {
  readonly #settings: LinkSettings
  readonly #random: Random
  #freeAt = 0
  #lastArrival = 0

  constructor(settings: LinkSettings, random: Random) {
    this.#settings = settings
    this.#random = random
  }

  /** Arrival times of a packet of `bytes` sent now: none when lost, two when duplicated. */
  carry(bytes: number, now: number): number[] {
    const { loss = 0, duplicate = 0, reorder = 0, delayMs = 0 } = this.#settings
    if (loss > 0 && this.#random() < loss) return []
    const sentAt = this.#transmit(bytes, now)
    if (sentAt === undefined) return []
    const first = this.#arrival(sentAt)
    const arrivals = reorder > 0 && this.#random() < reorder ? [first + Math.max(delayMs, 1)] : [first]
    if (duplicate > 0 && this.#random() < duplicate) arrivals.push(this.#arrival(sentAt))
    return arrivals
  }

  /** The time at which the last bit has left, or undefined when the queue is full. */
  #transmit(bytes: number, now: number): number | undefined {
    const { bitsPerSecond, queueMs = 200 } = this.#settings
    if (bitsPerSecond === undefined) return now
    const start = Math.max(now, this.#freeAt)
    if (start - now > queueMs) return undefined
    this.#freeAt = start + (bytes * 8 * 1000) / bitsPerSecond
    return this.#freeAt
  }

  #arrival(sentAt: number): number {
    const { delayMs = 0, jitterMs = 0 } = this.#settings
    const drawn = sentAt + delayMs + (jitterMs > 0 ? this.#random() * jitterMs : 0)
    this.#lastArrival = Math.max(drawn, this.#lastArrival)
    return this.#lastArrival
  }
}
