/** Adds to a sequence number, modulo 2^32. RFC 9293 §3.4. */
export function addSequence(sequence: number, length: number): number {
  return (sequence + length) >>> 0
}

/** How far `a` is ahead of `b`: negative when it is behind. RFC 9293 §3.4. */
export function sequenceDistance(a: number, b: number): number {
  return (a - b) | 0
}
