import type { RandomBytes } from '@p2pd/netif'

/** A NAT that answers with RST is dialled again after 5 to 10 ms, times the number of dials side by side. RFC 5382 §4.3. */
const PAUSE_MS = 5
/** Refusals after which the pauses double: the peer is late or absent. */
const EAGER_REFUSALS = 40
const MAX_PAUSE_MS = 100

/**
 * How long a dial into a listening port may hang. The kernel sends a lost SYN again after 1 s only (RFC 6298 §2.1);
 * a new dial sends one earlier. Doubled each time, for slower paths.
 */
const HANG_MS = 300
/**
 * How long a simultaneous open may hang: past the kernel's retransmission. A dial that is given up after the peer's SYN
 * does not end: the kernel goes on, and TIME_WAIT keeps both ports for a minute. RFC 9293 §3.6.
 */
const SIMULTANEOUS_HANG_MS = 1500
const MAX_DOUBLINGS = 3

/**
 * Decides when a dial is given up, and when the next one follows. Every time is drawn at random: two sides in step
 * can refuse each other forever, as each SYN arrives while the other side pauses.
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

  /** How long the next dial may hang, in milliseconds. */
  hangMs(): number {
    return this.#vary(this.#firstHangMs * 2 ** Math.min(this.#hangs, MAX_DOUBLINGS))
  }

  /** The pause after a dial that was refused, in milliseconds. */
  refused(): number {
    const doublings = Math.floor(this.#refusals++ / EAGER_REFUSALS)
    return this.#vary(Math.min(PAUSE_MS * this.#sideBySide * 2 ** doublings, MAX_PAUSE_MS))
  }

  /** The pause after a dial that hung, in milliseconds: the shortest. */
  hung(): number {
    this.#hangs++
    return this.#vary(PAUSE_MS)
  }

  /** A random time up to twice as long. */
  #vary(ms: number): number {
    const [high = 0, low = 0] = this.#random(2)
    return ms * (1 + (high * 256 + low) / 65_536)
  }
}
