import type { RandomBytes } from '@p2pd/netif'

/** Boxes that reset are won by re-dialling quickly: every 5 to 10 ms, times the dials that do so side by side. */
const PAUSE_MS = 5
/** Refusals after which the pauses double: the peer is not there yet, or never will be. */
const EAGER_REFUSALS = 40
const MAX_PAUSE_MS = 100

/**
 * How long a dial into a listening port may hang: the kernel sends a lost SYN again after 1 s only (RFC 6298 §2.1), a
 * fresh dial is as good and earlier. Doubled each time, so that a slower path is not cut off for ever.
 */
const HANG_MS = 300
/**
 * How long a simultaneous open may hang: past the kernel's retransmission. A dial that has seen the peer's SYN and is
 * given up does not end: it goes on without us, ends in TIME_WAIT, and takes both ports with it for a minute.
 */
const SIMULTANEOUS_HANG_MS = 1500
const MAX_DOUBLINGS = 3

/**
 * When a dial is given up, and how long to wait for the next. All is drawn anew each time: two sides in step can
 * refuse each other for ever, each SYN coming in while the other pauses.
 */
export class Redial {
  readonly #random: RandomBytes
  readonly #sideBySide: number
  readonly #firstHangMs: number
  #refusals = 0
  #hangs = 0

  constructor(random: RandomBytes, sideBySide: number, peer: 'listens' | 'dials') {
    this.#random = random
    this.#sideBySide = sideBySide
    this.#firstHangMs = peer === 'listens' ? HANG_MS : SIMULTANEOUS_HANG_MS
  }

  /** How long the next dial may hang. */
  hangMs(): number {
    return this.#vary(this.#firstHangMs * 2 ** Math.min(this.#hangs, MAX_DOUBLINGS))
  }

  /** The pause after a dial that was refused. */
  refused(): number {
    const doublings = Math.floor(this.#refusals++ / EAGER_REFUSALS)
    return this.#vary(Math.min(PAUSE_MS * this.#sideBySide * 2 ** doublings, MAX_PAUSE_MS))
  }

  /** The pause after a dial that hung: none to speak of. */
  hung(): number {
    this.#hangs++
    return this.#vary(PAUSE_MS)
  }

  /** Up to twice as long. */
  #vary(ms: number): number {
    const [high = 0, low = 0] = this.#random(2)
    return ms * (1 + (high * 256 + low) / 65_536)
  }
}
