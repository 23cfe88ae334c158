import type { AnswerTime } from './answer-time.ts'

/**
 * Without an answer for so long a path is dead: 3 s, less what a timer may be late. TCP repeats a lost packet
 * three times in it.
 */
const DEAD_MS = 2800
/** On a slow path the limit is so many times the longest answer of late, as a packet may be lost behind a full buffer. */
const ANSWERS = 2
/** However slow a path is, its death is noticed within so long. */
const MAX_DEAD_MS = 10_000
/** A process that was stopped gives what has arrived meanwhile this long to be read. */
const GRACE_MS = 1000
/** NATs forget mappings of UDP after 30 s in the worst cases met; RFC 4787 REQ-5 asks for two minutes. */
const UNKNOWN_LIFETIME_MS = 30_000
/** A mapping measured as shorter than two of these is a mistake. */
const MIN_INTERVAL_MS = 1000

/**
 * How often an idle path is checked. `prompt`: its death is noticed within 15 s. `sparing`: two packets a minute, as
 * far as the NAT's mapping allows. Its death is noticed within 69 s, and within 3 s as soon as there is data.
 */
export type KeepAlive = 'prompt' | 'sparing'

const INTERVAL_MS: Readonly<Record<KeepAlive, number>> = { prompt: 10_000, sparing: 60_000 }
/** The other end waits a little longer: an idle path is pinged by one end, and the other answers. */
const SECOND_SHARE = 1.1

/** After how much silence an end pings. A mapping is refreshed twice in its lifetime. RFC 4787 §4.3. */
export function pingInterval(
  keepAlive: KeepAlive,
  isFirst: boolean,
  mappingLifetimeMs = UNKNOWN_LIFETIME_MS,
): number {
  const interval = Math.max(MIN_INTERVAL_MS, Math.min(INTERVAL_MS[keepAlive], mappingLifetimeMs / 2))
  return isFirst ? interval : interval * SECOND_SHARE
}

const QUICK = { longestMs: () => 0 }

/** Whether a path is alive: silence is followed by a ping, and a ping or bytes without an answer by its end. */
export class Liveness {
  readonly #intervalMs: () => number
  readonly #answers: Pick<AnswerTime, 'longestMs'>
  #heardAt: number
  #unconfirmedSince: number | undefined

  /** `intervalMs` may change while the path lives. */
  constructor(intervalMs: () => number, now: number, answers: Pick<AnswerTime, 'longestMs'> = QUICK) {
    this.#intervalMs = intervalMs
    this.#answers = answers
    this.#heardAt = now
  }

  /** When `check` has something to say. */
  get wakeAt(): number {
    return this.#unconfirmedSince === undefined
      ? this.#heardAt + this.#intervalMs()
      : this.#unconfirmedSince + this.#deadMs
  }

  /** After how much silence the path is pinged. */
  get intervalMs(): number {
    return this.#intervalMs()
  }

  get #deadMs(): number {
    return Math.min(MAX_DEAD_MS, Math.max(DEAD_MS, ANSWERS * this.#answers.longestMs(this.#heardAt)))
  }

  /** Something was sent that the peer has to answer. */
  expect(now: number): void {
    this.#unconfirmedSince ??= now
  }

  /**
   * Bytes arrived. Any bytes count: answers may wait behind others on a slow path. A reliable path that is dead in
   * one direction falls silent in the other.
   */
  hear(now: number, isMoreExpected: boolean): void {
    this.#heardAt = now
    this.#unconfirmedSince = isMoreExpected ? now : undefined
  }

  /** The process was stopped for a while: what has arrived is not read yet. */
  forgive(now: number): void {
    if (this.#unconfirmedSince === undefined)
      this.#heardAt = Math.max(this.#heardAt, now - this.#intervalMs())
    else this.#unconfirmedSince = Math.max(this.#unconfirmedSince, now - this.#deadMs + GRACE_MS)
  }

  check(now: number): 'ping' | 'dead' | undefined {
    if (now < this.wakeAt) return undefined
    return this.#unconfirmedSince === undefined ? 'ping' : 'dead'
  }
}
