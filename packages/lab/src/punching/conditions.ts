import type { LinkSettings } from '../link.ts'

/** The round trip through the signalling and back, on average, in milliseconds. */
export const R_S = 100

/** The round trip between the peers, on average, in milliseconds. */
export const R_D = 50

/** Half a signalling trip, one round trip for a path, and one for TLS 1.3: nobody is sure of a peer before. RFC 8446 §2. */
export const FLOOR_MS = R_S / 2 + 2 * R_D

const JITTER_MS = 20
const LOSS = 0.01

/** One end of the way between the peers: its half of delay, jitter and loss. */
export const accessLink: LinkSettings = {
  delayMs: R_D / 4 - JITTER_MS / 4,
  jitterMs: JITTER_MS / 2,
  loss: LOSS / 2,
}

/** How long one way through the signalling takes, by a number from 0 to 1. */
export function signallingTripMs(chance: number): number {
  return R_S / 2 + (chance - 0.5) * JITTER_MS
}

/** How much later than agreed a side begins, by a number from 0 to 1. */
export function scatterMs(chance: number): number {
  return chance * JITTER_MS
}
