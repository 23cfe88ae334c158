/** Twice as wide each time, and no wider than eight times: 128 ports of a counter are 128 sockets. */
const MAX_DOUBLINGS = 3

/** Ports that anybody may have; below are the well-known ones. RFC 6335 §6. */
const FIRST_PORT = 1024
const LAST_PORT = 65_535

/** How many times as much as the first attempt one tries; the first is 0. */
export function widthOf(attempt: number): number {
  return 2 ** Math.min(attempt, MAX_DOUBLINGS)
}

/** The range of ports to search: what was seen of a block may have been a part of it, or the one before. */
export function widenRange(
  [low, high]: readonly [number, number],
  attempt: number,
): readonly [number, number] {
  const more = Math.floor(((high - low + 1) * (widthOf(attempt) - 1)) / 2)
  return [Math.max(Math.min(low, FIRST_PORT), low - more), Math.min(LAST_PORT, high + more)]
}
