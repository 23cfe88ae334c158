import type { Clock } from '@p2pd/netif'

/** How often the clocks are compared: a machine that sleeps has at least as much to do afterwards. */
const CHECK_MS = 15_000
/** A busy machine is late by less, and no clock is set by that much for its drift. */
const SLEPT_MS = 10_000

/**
 * Calls back when the machine has slept; returns what stops it. On some systems the monotonic clock stands still during
 * sleep: then the date has gone ahead of it. On others the clock goes on: then the timer is late.
 */
export function watchWake(
  { clock, wallClock }: { readonly clock: Clock; readonly wallClock: () => number },
  onWake: () => void,
): () => void {
  let cancel = () => {}
  const next = () => {
    const [before, date] = [clock.now(), wallClock()]
    cancel = clock.at(before + CHECK_MS, () => {
      const lateMs = Math.max(clock.now() - before, wallClock() - date) - CHECK_MS
      next()
      if (lateMs > SLEPT_MS) onWake()
    })
  }
  next()
  return () => cancel()
}
