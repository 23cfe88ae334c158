import type { Clock, RandomBytes } from '@p2pd/netif'

/** The clocks, the randomness and the log of signalling. */
export interface SignalRuntime {
  readonly clock: Clock
  /** Milliseconds since the Unix epoch. Only time stamps come from here; it may be wrong. */
  readonly wallClock: () => number
  readonly random: RandomBytes
  readonly log?: (event: string, fields: object) => void
}
