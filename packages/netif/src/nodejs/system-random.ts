import { randomFillSync } from 'node:crypto'
import type { RandomBytes } from '../timing/clock.ts'

/** The system's cryptographic random numbers. */
export const systemRandom: RandomBytes = (length) => randomFillSync(new Uint8Array(length))
