import type { LinkSettings } from '../link.ts'

/** The average round trip through signalling, in milliseconds. */
export const R_S = 100

/** The average round trip between the peers, in milliseconds. */
export const R_D = 50

/**
 * The shortest time until the caller has authenticated the peer. It is half a signalling round trip, one round trip
 * for the path, and one for TLS 1.3. RFC 8446 §2.
 */
export const FLOOR_MS = R_S / 2 + 2 * R_D

const JITTER_MS = 20
const LOSS = 0.01

/** The access line of a peer, with half of the delay, jitter and loss between the peers. */
export const accessLink: LinkSettings = {
  delayMs: R_D / 4 - JITTER_MS / 4,
  jitterMs: JITTER_MS / 2,
  loss: LOSS / 2,
}

/** The one-way delay of signalling, by a random number from 0 to 1. */
export function signallingTripMs(chance: number): number {
  return R_S / 2 + (chance - 0.5) * JITTER_MS
}

/** The delay with which a side begins after the agreed time, by a random number from 0 to 1. */
export function scatterMs(chance: number): number {
  return chance * JITTER_MS
}
