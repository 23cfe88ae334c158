import { UdxError } from './udx-error.ts'

/**
 * Bytes under way or unread in one direction. udx itself has as many under way at most; at a round trip of 50 ms
 * they make 670 Mbit/s, which is what it moves.
 */
export const WINDOW_BYTES = 4 * 1024 * 1024

/** Credits are given in lumps, so that few packets carry them and the other end is never kept waiting. */
const LUMP_BYTES = WINDOW_BYTES / 4

/** How much may be sent. RFC 9000 §4.1. */
export class SendWindow {
  #left = WINDOW_BYTES

  /** As much of `wanted` as may be sent now. */
  take(wanted: number): number {
    const bytes = Math.min(wanted, this.#left)
    this.#left -= bytes
    return bytes
  }

  /** The other end has read. */
  grant(bytes: number): void {
    this.#left += bytes
    if (this.#left > WINDOW_BYTES) throw new UdxError('UDX_PROTOCOL', `a credit of ${bytes} bytes never sent`)
  }
}

/** How much the other end may send. */
export class ReceiveWindow {
  #left = WINDOW_BYTES
  #read = 0

  /** Throws when the other end sends what it may not. */
  receive(bytes: number): void {
    this.#left -= bytes
    if (this.#left < 0) throw new UdxError('UDX_PROTOCOL', `${-this.#left} bytes more than the window holds`)
  }

  /** Told of what was read, says what credit to give; 0 for none yet. */
  read(bytes: number): number {
    this.#read += bytes
    if (this.#read < LUMP_BYTES) return 0
    const credit = this.#read
    this.#read = 0
    this.#left += credit
    return credit
  }
}
