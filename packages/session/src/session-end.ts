/** The code of `close` for a peer that does not keep to the protocol. */
export const PROTOCOL_VIOLATION = 1
/** The time that an end with everything acknowledged gives the other to finish, too. */
const LINGER_MS = 3000

const NEVER = Number.POSITIVE_INFINITY

/** How a session comes to its end: both ends finish, or no path comes back in time. */
export class SessionEnd {
  readonly resumeMs: number
  #at: number
  #finishOffset: number | undefined
  #isAcknowledged = false
  #isPeerFinished = false

  constructor(resumeMs: number, now: number) {
    this.resumeMs = resumeMs
    this.#at = now + resumeMs
  }

  /** When the session is over if nothing happens; infinity while a path is there. */
  get at(): number {
    return this.#at
  }

  /** The `finish` of this end was sent. */
  get isFinished(): boolean {
    return this.#finishOffset !== undefined
  }

  /** The peer has received the `finish` of this end, and so everything. */
  get isAcknowledged(): boolean {
    return this.#isAcknowledged
  }

  get isPeerFinished(): boolean {
    return this.#isPeerFinished
  }

  /** Nothing is left to be said by either end. */
  get isDone(): boolean {
    return this.#isAcknowledged && this.#isPeerFinished
  }

  /** The `finish` of this end was sent; `offset` is the one after it. */
  finish(offset: number): void {
    this.#finishOffset = offset
  }

  finishByPeer(): void {
    this.#isPeerFinished = true
  }

  /** The peer has everything below an offset. Returns whether this has just come to include the `finish`. */
  acknowledge(offset: number, now: number): boolean {
    if (this.#isAcknowledged || this.#finishOffset === undefined || offset < this.#finishOffset) return false
    this.#isAcknowledged = true
    this.#at = now + LINGER_MS
    return true
  }

  /** Starts, or stops, the time without a path. Returns whether it has just started. */
  setConnected(isConnected: boolean, now: number): boolean {
    if (this.#isAcknowledged) return false
    const starts = !isConnected && this.#at === NEVER
    if (isConnected) this.#at = NEVER
    else if (starts) this.#at = now + this.resumeMs
    return starts
  }

  /** The process stood still: time without it does not count. */
  extend(ms: number): void {
    this.#at += ms
  }
}
