/** Time stamps of a question and its answer, each by the clock of who made it. RFC 5905 §8. */
export interface FourTimeStamps {
  /** The question left: our clock. */
  readonly sentAt: number
  /** It arrived: the peer's clock. */
  readonly receivedAt: number
  /** The answer left: the peer's clock. */
  readonly answeredAt: number
  /** It arrived: our clock. */
  readonly returnedAt: number
}

/** How far the clock of the peer is ahead, and the error of that. */
export interface ClockOffset {
  readonly offsetMs: number
  /** Half the round trip: the error when one way takes all of it. */
  readonly errorMs: number
}

/** Estimates the difference between two clocks, supposing that both ways take as long. RFC 5905 §8. */
export function estimateClockOffset(stamps: FourTimeStamps): ClockOffset {
  const there = stamps.receivedAt - stamps.sentAt
  const back = stamps.answeredAt - stamps.returnedAt
  return { offsetMs: (there + back) / 2, errorMs: Math.max(0, (there - back) / 2) }
}
