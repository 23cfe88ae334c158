import type { Clock } from '../timing/clock.ts'

/** Beyond this Node fires a timer at once instead of late. */
const MAX_DELAY_MS = 2 ** 31 - 1

/** The machine's monotonic clock, in milliseconds since the process started. */
export const systemClock: Clock = {
  now: () => performance.now(),
  at(time, callback) {
    const delay = Math.min(Math.max(0, time - performance.now()), MAX_DELAY_MS)
    const timer = setTimeout(callback, delay)
    return () => clearTimeout(timer)
  },
}
