import { UdxError } from './udx-error.ts'

/**
 * Bytes under way or unread in one direction. udx itself has at most as many under way. At a round trip of 50 ms
 * they make 670 Mbit/s, which is udx' own limit.
 */
export const WINDOW_BYTES = 4 * 1024 * 1024

/** A credit is sent after this many bytes: few packets carry credits, and the sender does not wait for them. */
const LUMP_BYTES = WINDOW_BYTES / 4

/** The bytes that may be sent. RFC 9000 §4.1. */
export class SendWindow {
  #left = WINDOW_BYTES

  /** As much of `wanted` as may be sent now. */
  take(wanted: number): number {
    const bytes = Math.min(wanted, this.#left)
    this.#left -= bytes
    return bytes
  }

  /** Adds a credit of the other end. Throws `UDX_PROTOCOL` when it exceeds the bytes that were sent. */
  grant(bytes: number): void {
    this.#left += bytes
    if (this.#left > WINDOW_BYTES) throw new UdxError('UDX_PROTOCOL', `a credit of ${bytes} bytes never sent`)
  }
}

/** The bytes that the other end may send. RFC 9000 §4.1. */
export class ReceiveWindow {
  #left = WINDOW_BYTES
  #read = 0

  /** Counts received bytes. Throws `UDX_PROTOCOL` when they exceed the window. */
  receive(bytes: number): void {
    this.#left -= bytes
    if (this.#left < 0) throw new UdxError('UDX_PROTOCOL', `${-this.#left} bytes more than the window holds`)
  }

  /** Counts bytes that the application has read. Returns the credit to send, or 0 for none yet. */
  read(bytes: number): number {
    this.#read += bytes
    if (this.#read < LUMP_BYTES) return 0
    const credit = this.#read
    this.#read = 0
    this.#left += credit
    return credit
  }
}
