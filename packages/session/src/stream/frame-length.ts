/** Bytes of a stream in one frame while other streams wait: more would make them wait, fewer cost headers. */
const MAX_SHARED = 65_536 - 64
/** A record of TLS. RFC 8446 §5.1. */
const RECORD = 16_384
/** An acknowledgement may travel in the same records. */
const SLACK = 64
/** So much is left for the next frame if it alone would need a record. A record for a few bytes costs as much as a full one. */
const MAX_TAIL = 1024

/** How many of a stream's bytes go into its next frame, if `used` bytes are before them and `room` bytes are left. */
export function frameLength(sendable: number, used: number, room: number, isShared: boolean): number {
  const most = Math.min(sendable, room)
  if (isShared) return Math.min(most, MAX_SHARED)
  if (most < sendable) return most
  const tail = (used + SLACK + sendable) % RECORD
  return tail <= MAX_TAIL && sendable > RECORD ? sendable - tail : sendable
}
