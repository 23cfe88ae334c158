/** Each attempt doubles the effort of the one before, up to eight times: 128 ports of a counter take 128 sockets. */
const MAX_DOUBLINGS = 3

/** User and dynamic ports; below are the well-known ones. RFC 6335 §6. */
const FIRST_PORT = 1024
const LAST_PORT = 65_535

/** How many times the effort of the first attempt a later one takes; the first is 0. */
export function scaleOf(failedAttempts: number): number {
  return 2 ** Math.min(failedAttempts, MAX_DOUBLINGS)
}

/** The range of ports to search: the observed one may be a part of the block, or the block before. */
export function widenRange(
  [low, high]: readonly [number, number],
  failedAttempts: number,
): readonly [number, number] {
  const more = Math.floor(((high - low + 1) * (scaleOf(failedAttempts) - 1)) / 2)
  return [Math.max(Math.min(low, FIRST_PORT), low - more), Math.min(LAST_PORT, high + more)]
}
