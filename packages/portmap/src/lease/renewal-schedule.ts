/** Never more often. RFC 6887 §11.2.1. */
const LEAST_GAP_MS = 4_000
/** Gateways that keep nothing they granted for a day exist: whatever was granted, a mapping is asked for again by then. */
const LONGEST_TRUSTED_SECONDS = 7_200
/** A mapping without an end is looked after this often: gateways forget at reboot. */
const PERMANENT_CHECK_MS = 20 * 60_000

/** A mapping as the schedule sees it. */
export interface RenewalInput {
  readonly grantedAt: number
  /** 0: it does not end. */
  readonly lifetimeSeconds: number
  /** Renewals that failed since it was granted. */
  readonly failures: number
  /** 0 to 1, so that not all hosts come at once. */
  readonly jitter: number
}

/**
 * The time of the next renewal, or undefined when only the end of the mapping is left. The first is at 1/2 to 5/8 of the
 * lifetime, then come 3/4 to 13/16, 7/8 and so on, at least 4 s apart. RFC 6887 §11.2.1.
 */
export function renewalTime({
  grantedAt,
  lifetimeSeconds,
  failures,
  jitter,
}: RenewalInput): number | undefined {
  if (lifetimeSeconds === 0) return grantedAt + PERMANENT_CHECK_MS * (failures + 1)
  const lifetimeMs = Math.min(lifetimeSeconds, LONGEST_TRUSTED_SECONDS) * 1000
  const left = lifetimeMs / 2 ** (failures + 1)
  if (failures > 0 && left < LEAST_GAP_MS) return undefined
  return grantedAt + Math.max(lifetimeMs - left + (left / 4) * jitter, LEAST_GAP_MS)
}

/** When a mapping ends by itself; undefined when it does not. */
export function expiryTime({ grantedAt, lifetimeSeconds }: RenewalInput): number | undefined {
  return lifetimeSeconds === 0 ? undefined : grantedAt + lifetimeSeconds * 1000
}

/** First pause after a gateway said no or nothing, doubled each time: gateways stop for a while and come back. */
const FIRST_RETRY_MS = 30_000
const LONGEST_RETRY_MS = 20 * 60_000

/**
 * How long to wait before a gateway without a mapping is asked again: the longest time where each question costs the
 * gateway minutes.
 */
export function retryDelay(failures: number, isUnresponsive = false): number {
  if (isUnresponsive) return LONGEST_RETRY_MS
  return Math.min(FIRST_RETRY_MS * 2 ** Math.max(0, failures - 1), LONGEST_RETRY_MS)
}
