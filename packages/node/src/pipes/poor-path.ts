/** A round trip is poor when it is twice the shortest of its path and 100 ms longer: jitter and short queues make less. */
const POOR_SHARE = 2
const POOR_GAIN_MS = 100
/** Two satellites in a row have 1.2 s: a longer one is poor on any path. */
const POOR_ANYWAY_MS = 1400
/** It counts as good again below this multiple of the shortest. */
const GOOD_SHARE = 1.5
/** So many answers in a row have to agree: a single one may have been lost and sent again. */
const ANSWERS = 3
/** Between two searches. The pause doubles, since a path that stays poor is probably the best there is. */
const FIRST_PAUSE_MS = 60_000
const LONGEST_PAUSE_MS = 600_000

/** Finds out, by the round trips of the path in use, when a session is to look for a better path. */
export class PoorPath {
  #shortestMs = Number.POSITIVE_INFINITY
  #isPoor = false
  /** Answers in a row that contradict `#isPoor`. */
  #contradictions = 0
  #nextSearchAt = Number.NEGATIVE_INFINITY
  #pauseMs = FIRST_PAUSE_MS

  /** Whether the path is worth more packets of a search than a good one. */
  get isPoor(): boolean {
    return this.#isPoor
  }

  /** Takes a round trip; returns whether to begin a search now. */
  sample(roundTripMs: number, now: number): boolean {
    this.#shortestMs = Math.min(this.#shortestMs, roundTripMs)
    const contradicts = this.#isPoor ? this.#isGood(roundTripMs) : this.#isBad(roundTripMs)
    this.#contradictions = contradicts ? this.#contradictions + 1 : 0
    if (this.#contradictions === ANSWERS) {
      this.#isPoor = !this.#isPoor
      this.#contradictions = 0
      if (!this.#isPoor) this.#pauseMs = FIRST_PAUSE_MS
    }
    if (!this.#isPoor || now < this.#nextSearchAt) return false
    this.#nextSearchAt = now + this.#pauseMs
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * this.#pauseMs)
    return true
  }

  /** The session goes on by another path. The pause stays: two poor paths must not take turns. */
  reset(): void {
    this.#shortestMs = Number.POSITIVE_INFINITY
    this.#isPoor = false
    this.#contradictions = 0
  }

  #isBad(roundTripMs: number): boolean {
    const limitMs = Math.max(POOR_SHARE * this.#shortestMs, this.#shortestMs + POOR_GAIN_MS)
    return roundTripMs >= Math.min(limitMs, POOR_ANYWAY_MS)
  }

  #isGood(roundTripMs: number): boolean {
    return roundTripMs < Math.min(GOOD_SHARE * this.#shortestMs, POOR_ANYWAY_MS)
  }
}
