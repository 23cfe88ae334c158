/** The limits of a TURN server. */
export interface TurnLimits {
  /** Allocations of all users. @default 500 */
  readonly allocations?: number
  /** Allocations of one user. @default 100 */
  readonly perUser?: number
  /** The longest lifetime of an allocation between two refreshes. @default 3600 */
  readonly lifetimeSeconds?: number
  /** Bytes that an allocation relays in a second, each way; more are dropped. TCP is not limited. @default unlimited */
  readonly bytesPerSecond?: number
}

/** Each allocation holds a port and a file; a process has 1024 open files on most systems. */
export const LIMITS: Required<TurnLimits> = {
  allocations: 500,
  perUser: 100,
  lifetimeSeconds: 3600,
  bytesPerSecond: Number.POSITIVE_INFINITY,
}

/** RFC 8656 §3.2: shorter lifetimes are not granted. */
export const MIN_LIFETIME_SECONDS = 600
