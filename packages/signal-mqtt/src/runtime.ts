/** Monotonic milliseconds and one timer. */
export interface Clock {
  now(): number
  /** Calls back once at `time` (or at once when it is past); returns what cancels it. */
  at(time: number, callback: () => void): () => void
}

/** Random bytes of cryptographic quality in the real world, seeded in a simulation. */
export type RandomBytes = (length: number) => Uint8Array

/** What signalling takes from the world around it besides brokers. */
export interface SignalRuntime {
  readonly clock: Clock
  /** Milliseconds since the Unix epoch. Only time stamps come from here; it may be wrong. */
  readonly wallClock: () => number
  readonly random: RandomBytes
  readonly log?: (event: string, fields: object) => void
}
