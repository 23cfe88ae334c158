/** Monotonic milliseconds and one timer. Protocol code gets its time from here alone. */
export interface Clock {
  now(): number
  /** Calls back once at `time` (or at once when it is past); returns what cancels it. */
  at(time: number, callback: () => void): () => void
}

/** Random bytes of cryptographic quality in the real world, seeded in the lab. */
export type RandomBytes = (length: number) => Uint8Array
