import type { ClockOffset } from '../signalling/clock-offset.ts'
import type { Candidate } from '../candidates/candidate.ts'
import type { PreparedSide } from '../gathering/prepared-side.ts'
import { pairWithAnswer, pairWithRecord, type SidePair } from '../punching/side-pair.ts'
import type { StrategyName } from '../report/report.ts'
import type { Answer } from '../signalling/exchange.ts'
import type { NodeRecord } from '../signalling/record.ts'

/** The local half of the punches of one offer. */
export interface PunchOffer {
  readonly strategies: readonly StrategyName[]
  readonly token: Uint8Array
  /** Number of attempts that failed before this one. */
  readonly failedAttempts: number
  readonly sides: readonly PreparedSide[]
  /** Made beside another offer, which the sides of the peer's record are used for. @default false */
  readonly isCorrection?: boolean | undefined
  /** Why a protocol has no sides. */
  readonly faults?: ReadonlyMap<PreparedSide['protocol'], string> | undefined
}

/** The pairs of one offer, as far as they are known. RFC 8445 §6.1.2. */
export interface PunchChecklist {
  readonly offer: PunchOffer
  readonly pairs: readonly SidePair[]
  /** Whether the pairs come from the peer's answer. Those of a record may be stale. */
  readonly isAnswered: boolean
}

/** An offer that was made, and the answer when it has come. */
interface OfferState {
  readonly offer: PunchOffer
  answer?: Answer
}

/** Everything that one call knows of its peer. Strategies watch it; the offerer puts in what signalling brings. */
export class PeerKnowledge {
  readonly #listeners = new Set<() => void>()
  readonly #offers: OfferState[] = []
  #candidates: readonly Candidate[]
  #record: NodeRecord | undefined
  #turnServers: readonly string[] = []
  #clockOffset: ClockOffset | undefined

  /** Begins with the candidates that are known before signalling. */
  constructor(candidates: readonly Candidate[]) {
    this.#candidates = candidates
  }

  /** Calls back at each change; returns the function that stops it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** The newest candidates: from an answer, else from the record, else those of the target. */
  get candidates(): readonly Candidate[] {
    return this.#candidates
  }

  /** The addresses of the peer's TURN servers, from an answer or the record. */
  get turnServers(): readonly string[] {
    return this.#turnServers
  }

  /** Whether the candidates are those that the peer itself announces now. Until then they are remembered ones. */
  get isDescribed(): boolean {
    return this.#record !== undefined || this.isAnswered
  }

  /** Whether the peer has answered an offer of this call. From then on the callee's half of each strategy runs, too. */
  get isAnswered(): boolean {
    return this.#offers.some(({ answer }) => answer !== undefined)
  }

  /** The lead of the peer's clock over ours; undefined before the first answer. */
  get clockOffset(): ClockOffset | undefined {
    return this.#clockOffset
  }

  /** For each offer the pairs to punch, once an answer or the record names the peer's sides. */
  get checklists(): readonly PunchChecklist[] {
    return this.#offers.flatMap(({ offer, answer }) => {
      if (offer.sides.length === 0) return { offer, pairs: [], isAnswered: true }
      if (answer !== undefined)
        return { offer, pairs: pairWithAnswer(offer.sides, answer.sides), isAnswered: true }
      // A second offer is answered by a peer that has moved on: its record tells nothing new.
      if (this.#record === undefined || offer.failedAttempts > 0 || offer.isCorrection) return []
      return { offer, pairs: pairWithRecord(offer.sides, this.#record.sides), isAnswered: false }
    })
  }

  /** Takes note of an offer whose local sides are ready. */
  learnOffer(offer: PunchOffer): void {
    this.#offers.push({ offer })
    this.#changed()
  }

  /** Takes note of the peer's record. An answer is newer than any record. */
  learnRecord(record: NodeRecord): void {
    if (this.isAnswered) return
    this.#record = record
    this.#candidates = record.candidates
    this.#turnServers = record.turnServers ?? []
    this.#changed()
  }

  /** Takes note of the answer to an offer. */
  learnAnswer(offer: PunchOffer, answer: Answer): void {
    const state = this.#offers.find((one) => one.offer === offer)
    if (state === undefined) return
    state.answer = answer
    this.#clockOffset ??= answer.clockOffset
    this.#candidates = answer.candidates
    this.#turnServers = answer.turnServers ?? this.#turnServers
    this.#changed()
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}
