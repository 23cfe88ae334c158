/**
 * Credit that every stream has from the start, so that an opener sends without waiting for any: part of the
 * protocol. A thousand streams nobody reads cost 64 MiB.
 */
export const INITIAL_CREDIT = 65_536

/** Bytes beyond the initial credits that the streams of a session may take together: 1 Gbit/s at 250 ms. */
export const MAX_EXTRA_CREDIT = 32 * 2 ** 20

/** On a path as short as loopback a credit for each round trip would cost more than the memory it saves. */
const MIN_ROUND_TRIP_MS = 4

/** Credit beyond the initial one, shared by all streams of a session. */
export class ExtraCredit {
  readonly #limit: number
  #taken = 0

  constructor(limit = MAX_EXTRA_CREDIT) {
    this.#limit = limit
  }

  get taken(): number {
    return this.#taken
  }

  take(bytes: number): number {
    const taken = Math.min(bytes, this.#limit - this.#taken)
    this.#taken += taken
    return taken
  }

  giveBack(bytes: number): void {
    this.#taken -= bytes
  }
}

/**
 * How far the peer may send ahead of what is read from a stream. It doubles as long as half of it is read
 * within two round trips, since then the window and not the path limits the rate. RFC 9000 §4.1.
 */
export class ReceiveWindow {
  readonly #extra: ExtraCredit
  #size = INITIAL_CREDIT
  #limit = INITIAL_CREDIT
  #grantedAt: number

  constructor(extra: ExtraCredit, now: number) {
    this.#extra = extra
    this.#grantedAt = now
  }

  /** The offset that the peer may not pass. */
  get limit(): number {
    return this.#limit
  }

  /** Whether enough was read for a new limit. */
  isDue(readOffset: number): boolean {
    return readOffset + this.#size - this.#limit >= this.#size / 2
  }

  /** Grants more; returns the new limit. */
  grant(readOffset: number, now: number, roundTripMs: number | undefined): number {
    const isFast = now - this.#grantedAt < 2 * Math.max(MIN_ROUND_TRIP_MS, roundTripMs ?? now)
    if (isFast) this.#size += this.#extra.take(this.#size)
    this.#grantedAt = now
    this.#limit = readOffset + this.#size
    return this.#limit
  }

  /** The stream is over: its share is for others. */
  close(): void {
    this.#extra.giveBack(this.#size - INITIAL_CREDIT)
    this.#size = INITIAL_CREDIT
  }
}
