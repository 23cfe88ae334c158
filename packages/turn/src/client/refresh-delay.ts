/** An allocation is renewed so long before its end: four times as long as a request takes at most. */
const BEFORE_END_MS = 60_000

/**
 * A NAT may forget a UDP mapping after 30 s. A Refresh keeps it open, and shows within this time that the server has
 * lost the allocation. RFC 4787 §4.3.
 */
const UDP_KEEP_ALIVE_MS = 25_000

/** Middleboxes drop idle TCP connections after some minutes; the nonce of the server stays fresh, too. RFC 5382 §5. */
const STREAM_KEEP_ALIVE_MS = 120_000

/** The time from one Refresh to the next: that of the keep-alive, or less for a short allocation. RFC 8656 §8. */
export function refreshDelayMs(lifetimeSeconds: number, reliable: boolean): number {
  const lifetimeMs = lifetimeSeconds * 1000
  const beforeEnd = Math.max(lifetimeMs - BEFORE_END_MS, lifetimeMs / 2)
  return Math.min(beforeEnd, reliable ? STREAM_KEEP_ALIVE_MS : UDP_KEEP_ALIVE_MS)
}
