/** Long enough to spare a broker that just restarted, short enough not to be noticed. */
const FIRST_MS = 500
/** A broker that was away for long is tried once a minute. */
const LONGEST_MS = 60_000

/**
 * How long to wait before the next attempt, after `failures` in a row. `jitter`, from 0 to 1, spreads
 * the clients of a broker that failed them all at once over half of that time.
 */
export function backoffMs(failures: number, jitter: number): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1))
  return longest * (0.5 + jitter / 2)
}
