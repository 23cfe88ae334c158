/** Time stamps of an offer and its answer. Each peer reads its own clock. RFC 5905 §8. */
export interface FourTimeStamps {
  /** We sent the offer: our clock. */
  readonly sentAt: number
  /** The peer received the offer: its clock. */
  readonly receivedAt: number
  /** The peer sent the answer: its clock. */
  readonly answeredAt: number
  /** We received the answer: our clock. */
  readonly returnedAt: number
}

/** The lead of the peer's clock over ours, and its greatest error. */
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
