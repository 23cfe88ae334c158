import { randomBytes } from 'node:crypto'
import type { SignalRuntime } from '../runtime.ts'

/** Beyond this Node fires a timer at once instead of late. */
const MAX_DELAY_MS = 2 ** 31 - 1

/** The machine's clocks and randomness. */
export const systemRuntime: SignalRuntime = {
  clock: {
    now: () => performance.now(),
    at(time, callback) {
      const delay = Math.min(Math.max(0, time - performance.now()), MAX_DELAY_MS)
      const timer = setTimeout(callback, delay)
      return () => clearTimeout(timer)
    },
  },
  wallClock: () => Date.now(),
  random: (length) => randomBytes(length),
}
