import { quietTime } from '../classify/classify-filtering.ts'
import { isOver, type Probe } from '../discovery/observation.ts'
import { isBehaviourKnown, isSampling } from './discovery-progress.ts'
import { probeBudget } from './pacing.ts'
import { planAddress } from './plan-address.ts'
import { planDelta } from './plan-delta.ts'
import { planFiltering } from './plan-filtering.ts'
import { planHairpin, planMapping, planVerify } from './plan-mapping.ts'
import { planRange, rangeTestIsDone } from './plan-range.ts'
import { withinSocketLimit } from './socket-limit.ts'
import { type DiscoveryView, lossTimeoutMs, type ProbeDraft, trustedAnswers, withPurpose } from './view.ts'

/** The next probes, as a value. */
export interface ProbePlan {
  /** Sent now, in this order. */
  readonly probes: readonly Probe[]
  /** When to plan again without an answer. */
  readonly wakeAt?: number
  /** No more probes are needed. */
  readonly done: boolean
}

/** Plans the next probes. Pure: the same view gives the same plan. */
export function planProbes(view: DiscoveryView): ProbePlan {
  if (isDone(view)) return { probes: [], done: true }
  const address = planAddress(view)
  const wanted = address.drafts.length > 0 ? address.drafts : planBehaviour(view)
  const drafts = withinSocketLimit(view, wanted)
  const budget = probeBudget(view)
  const first = view.observations.length
  const probes = drafts.slice(0, budget.probes).map((draft, index) => ({ id: first + index, ...draft }))
  const times = [
    address.wakeAt,
    budget.probes < drafts.length ? budget.nextAt : undefined,
    ...lossTimeouts(view),
  ]
  const wakeAt = Math.min(...times.filter((time) => time !== undefined && time > view.now).map(Number))
  return { probes, done: false, ...(Number.isFinite(wakeAt) && { wakeAt }) }
}

const PLANNERS = [planMapping, planFiltering, planDelta, planVerify, planHairpin, planRange]

/** A filtering test over TCP may be answered late, and then needs a second one. */
const WHILE_SAMPLING = [planFiltering, planRange]

/** One kind of probe at a time. The next kind is planned while these are under way. */
function planBehaviour(view: DiscoveryView): readonly ProbeDraft[] {
  if (view.setup.goal === 'address') return []
  for (const plan of isSampling(view) ? WHILE_SAMPLING : PLANNERS) {
    const drafts = plan(view)
    if (drafts.length > 0) return drafts
  }
  return []
}

/** Whether every test is done, known or not. */
export function isDone(view: DiscoveryView): boolean {
  const { setup, observations } = view
  const address = withPurpose(view, 'address')
  const gaveUp = address.length === setup.servers.length && address.every(isOver)
  if (trustedAnswers(view).length === 0) return gaveUp
  if (setup.goal === 'address') return true
  if (!isBehaviourKnown(view) || !rangeTestIsDone(view)) return false
  if (view.assessment.filtering.progress !== 'settled') return false
  if (isSampling(view)) return true
  if (planVerify(view).length > 0 || planHairpin(view).length > 0) return false
  const waitedFor = observations.filter(
    ({ probe }) => probe.purpose === 'verify' || probe.purpose === 'hairpin',
  )
  return waitedFor.every(
    (observation) => isOver(observation) || view.now - observation.launchedAt >= 2 * lossTimeoutMs(view),
  )
}

/** The times at which the discovery stops waiting for a probe. */
function lossTimeouts(view: DiscoveryView): number[] {
  const timeout = lossTimeoutMs(view)
  const quiet = quietTime(view.observations)
  return view.observations
    .filter((observation) => !isOver(observation))
    .flatMap(({ launchedAt }) => [timeout, 2 * timeout, quiet].map((wait) => launchedAt + wait))
}
