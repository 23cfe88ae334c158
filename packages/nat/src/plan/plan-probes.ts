import { quietTime } from '../classify/judge-filtering.ts'
import { isOver, type Probe } from '../discovery/observation.ts'
import { behaviourIsKnown, isSampling } from './known.ts'
import { roomFor } from './packets.ts'
import { planAddress } from './plan-address.ts'
import { planDelta } from './plan-delta.ts'
import { planFiltering } from './plan-filtering.ts'
import { planHairpin, planMapping, planVerify } from './plan-mapping.ts'
import { planRange, rangeIsSettled } from './plan-range.ts'
import { withinSockets } from './sockets.ts'
import { type DiscoveryView, patienceMs, type ProbeDraft, trustedAnswers, withPurpose } from './view.ts'

/** What to do next, as a value. */
export interface ProbePlan {
  /** To be launched now, in this order. */
  readonly probes: readonly Probe[]
  /** When to plan again although nothing came. */
  readonly wakeAt?: number
  /** Nothing more is wanted. */
  readonly done: boolean
}

/** Plans the next probes by what is known. Pure: the same view gives the same plan. */
export function planProbes(view: DiscoveryView): ProbePlan {
  if (isDone(view)) return { probes: [], done: true }
  const address = planAddress(view)
  const wanted = address.drafts.length > 0 ? address.drafts : planBehaviour(view)
  const drafts = withinSockets(view, wanted)
  const room = roomFor(view)
  const first = view.observations.length
  const probes = drafts.slice(0, room.probes).map((draft, index) => ({ id: first + index, ...draft }))
  const times = [address.wakeAt, room.probes < drafts.length ? room.nextAt : undefined, ...patienceEnds(view)]
  const wakeAt = Math.min(...times.filter((time) => time !== undefined && time > view.now).map(Number))
  return { probes, done: false, ...(Number.isFinite(wakeAt) && { wakeAt }) }
}

const PLANNERS = [planMapping, planFiltering, planDelta, planVerify, planHairpin, planRange]

/** A filtering test over TCP may come in late, and then ask for another. */
const WHILE_SAMPLING = [planFiltering, planRange]

/** One kind of probe at a time: the next kind is planned with these under way. */
function planBehaviour(view: DiscoveryView): readonly ProbeDraft[] {
  if (view.setup.goal === 'address') return []
  for (const plan of isSampling(view) ? WHILE_SAMPLING : PLANNERS) {
    const drafts = plan(view)
    if (drafts.length > 0) return drafts
  }
  return []
}

/** Whether everything asked for is known, or cannot be. */
export function isDone(view: DiscoveryView): boolean {
  const { setup, observations } = view
  const address = withPurpose(view, 'address')
  const gaveUp = address.length === setup.servers.length && address.every(isOver)
  if (trustedAnswers(view).length === 0) return gaveUp
  if (setup.goal === 'address') return true
  if (!behaviourIsKnown(view) || !rangeIsSettled(view)) return false
  if (view.assessment.filtering.progress !== 'settled') return false
  if (isSampling(view)) return true
  if (planVerify(view).length > 0 || planHairpin(view).length > 0) return false
  const waitedFor = observations.filter(
    ({ probe }) => probe.purpose === 'verify' || probe.purpose === 'hairpin',
  )
  return waitedFor.every(
    (observation) => isOver(observation) || view.now - observation.launchedAt >= 2 * patienceMs(view),
  )
}

/** Moments at which a probe is no longer waited for. */
function patienceEnds(view: DiscoveryView): number[] {
  const patience = patienceMs(view)
  const quiet = quietTime(view.observations)
  return view.observations
    .filter((observation) => !isOver(observation))
    .flatMap(({ launchedAt }) => [patience, 2 * patience, quiet].map((wait) => launchedAt + wait))
}
