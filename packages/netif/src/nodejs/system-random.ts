import { randomFillSync } from 'node:crypto'
import type { RandomBytes } from '../timing/clock.ts'

/** A call of the system takes longer than all else about a few bytes: many are drawn at once, and each is used once. */
const POOL_BYTES = 4096
/** Longer ones are worth a call of their own. */
const MAX_POOLED_BYTES = 64

const pool = new Uint8Array(POOL_BYTES)
let used = POOL_BYTES

/** The system's cryptographic random numbers. */
export const systemRandom: RandomBytes = (length) => {
  if (length > MAX_POOLED_BYTES) return randomFillSync(new Uint8Array(length))
  if (used + length > POOL_BYTES) {
    randomFillSync(pool)
    used = 0
  }
  const bytes = pool.slice(used, used + length)
  // Nobody who reads this memory later finds them.
  pool.fill(0, used, used + length)
  used += length
  return bytes
}
