import type { Dependency } from '../report/behaviour.ts'
import { isAnswer, isOver, type Observation } from '../discovery/observation.ts'

/** The filtering of a NAT, and the reason for the verdict. */
export interface FilteringVerdict {
  readonly filtering: Dependency | 'unknown'
  /** 0 to 1. */
  readonly confidence: number
  readonly reason: string
  /** `provisional`: the silence has lasted longer than any answer took. */
  readonly progress: 'under-way' | 'provisional' | 'settled'
}

/** The rest is the chance of three lost packets in a row, on a path that loses 2 % each way. */
const SILENCE_CONFIDENCE = 0.99

/** Silence may still be a lost packet. */
const PROVISIONAL_CONFIDENCE = 0.9

/** No verdict before this much silence. */
const QUIET_MS = 60

/**
 * Classifies filtering by answers that come from another address, or from another port.
 *
 * The tests leave from a port that has sent to the server's first address only. RFC 5780 §4.4.
 */
export function classifyFiltering(observations: readonly Observation[], now: number): FilteringVerdict {
  const tests = observations.filter(({ probe }) => probe.purpose === 'filtering')
  if (tests.length === 0) return unknown('no server offers an alternate address (RFC 5780) to test it')
  const quietAt = now - quietTime(observations)
  const [elsewhere, otherPort] = (['change-address-and-port', 'change-port'] as const).map((kind) =>
    outcomeOf(
      tests.filter(({ probe }) => probe.test === kind),
      quietAt,
    ),
  ) as [Outcome, Outcome]
  if (elsewhere === 'came')
    return verdict('endpoint-independent', 0.999, 'a packet from an address never spoken to came in')
  const outcome = tests.some((test) => alternateAnswers(test, observations))
    ? byOtherPort(elsewhere, otherPort)
    : unknown("the server's alternate address does not answer when asked either")
  if (tests.every(isOver)) return outcome
  if (outcome.filtering === 'unknown') return { ...unknown('tests are under way'), progress: 'under-way' }
  // An answer that came is known. An answer that is missing may be late.
  const provisional =
    outcome.filtering === 'address-and-port-dependent' ? unknown('no packet from another port yet') : outcome
  return { ...provisional, progress: 'provisional', confidence: PROVISIONAL_CONFIDENCE }
}

type Outcome = 'untried' | 'came' | 'silence' | 'refused' | 'open'

function outcomeOf(tests: readonly Observation[], quietAt: number): Outcome {
  if (tests.length === 0) return 'untried'
  if (tests.some(({ state }) => state === 'answered')) return 'came'
  if (tests.every(({ state }) => state === 'unsupported' || state === 'cancelled')) return 'refused'
  const quiet = tests.some(
    (test) => test.state === 'unanswered' || (!isOver(test) && test.launchedAt <= quietAt),
  )
  return quiet ? 'silence' : 'open'
}

/** A filter that drops packets from another port of a known address drops those from other addresses too. */
function byOtherPort(elsewhere: Outcome, otherPort: Outcome): FilteringVerdict {
  if (otherPort === 'came' && elsewhere === 'silence')
    return verdict(
      'address-dependent',
      SILENCE_CONFIDENCE,
      'only packets from a known address came in, from any port of it',
    )
  if (otherPort === 'silence' && (elsewhere === 'silence' || elsewhere === 'untried'))
    return verdict(
      'address-and-port-dependent',
      SILENCE_CONFIDENCE,
      'only packets from known addresses and ports came in',
    )
  return unknown('the servers with an alternate address do not answer from it')
}

/** After so much silence an answer is unlikely; over TCP an answer takes two round trips. */
export function quietTime(observations: readonly Observation[]): number {
  return QUIET_MS + 2.5 * Math.max(0, ...observations.filter(isAnswer).map(({ rttMs }) => rttMs ?? 0))
}

/** Whether the alternate address of the tested server answers at all. */
function alternateAnswers(test: Observation, observations: readonly Observation[]): boolean {
  return observations.some(
    (observation) =>
      isAnswer(observation) &&
      observation.probe.server === test.probe.server &&
      observation.probe.to.ip !== test.probe.to.ip,
  )
}

function verdict(filtering: Dependency, confidence: number, why: string): FilteringVerdict {
  return { filtering, confidence, reason: `filtering: ${why}`, progress: 'settled' }
}

function unknown(why: string): FilteringVerdict {
  return { filtering: 'unknown', confidence: 0.5, reason: `filtering unknown: ${why}`, progress: 'settled' }
}
