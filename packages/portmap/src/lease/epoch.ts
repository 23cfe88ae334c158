/** A gateway's clock as an answer showed it. */
export interface EpochSample {
  readonly epochSeconds: number
  /** This host's clock then, in milliseconds. */
  readonly at: number
}

/** Clocks may differ by a sixteenth, and by 2 s of rounding and delay. RFC 6887 §8.5. */
const MAX_DRIFT = 1 / 16
const SLACK_SECONDS = 2

/** Whether the gateway lost its state between two answers. RFC 6887 §8.5; RFC 6886 §3.6 is looser. */
export function lostState(before: EpochSample, now: EpochSample): boolean {
  if (now.epochSeconds < before.epochSeconds - 1) return true
  const ours = (now.at - before.at) / 1000
  const theirs = now.epochSeconds - before.epochSeconds
  return (
    ours + SLACK_SECONDS < theirs - theirs * MAX_DRIFT || theirs + SLACK_SECONDS < ours - ours * MAX_DRIFT
  )
}
