import type { RandomBytes } from '@p2pd/netif'

/** Returns the next number of a sequence, evenly distributed over [0, 1). */
export type Random = () => number

/** FNV-1a's 32-bit offset basis and prime, for hashing labels into seeds. */
const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

/**
 * A repeatable sequence of numbers (the mulberry32 generator). A label gives each user of a seed its own sequence,
 * so that a further host does not change the others.
 */
export function createRandom(seed: number, label = ''): Random {
  let state = FNV_OFFSET ^ seed
  for (const character of label) state = Math.imul(state ^ character.charCodeAt(0), FNV_PRIME)
  state = Math.imul(state ^ (seed >>> 16), FNV_PRIME)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A whole number from `low` to `high`, both included. */
export function randomInteger(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1))
}

/** Seeded bytes, as the `RandomBytes` port of protocol code. */
export function randomBytesFrom(random: Random): RandomBytes {
  return (length) => Uint8Array.from({ length }, () => Math.floor(random() * 256))
}
