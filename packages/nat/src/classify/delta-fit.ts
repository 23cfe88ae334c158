import type { Delta } from '../report/behaviour.ts'
import type { Allocation } from './allocations.ts'
import { isUsualModulus, type LinearRule, linearRules, obeys, withinOneTurn } from './linear-fit.ts'

/** The rule that explains the allocations best. */
export interface DeltaFit {
  readonly delta: Delta
  /** 0 to 1: the posterior probability of the rule, by Bayes' theorem. */
  readonly confidence: number
  /** Ports after which `equal` and `preserving` fold; 0 when they do not fold. */
  readonly modulus: number
  /** Share of other hosts in the ports of a counter. */
  readonly crossTraffic: number
  /** The counter serves both protocols. */
  readonly sharedCounter: boolean
}

interface Hypothesis extends Omit<DeltaFit, 'confidence'> {
  readonly logWeight: number
}

/** Ports in the default range. */
const WIDTH = 64512

/** Share of points that a rule may fail to explain: a port in use, the end of a range, a mapping of another program. */
const OUTLIERS = 0.05

/** A `dependent` NAT loses its count whenever another program of this host opens a port. */
const BROKEN_RUNS = 0.1

/** Probabilities before any probe: home routers mostly preserve ports (Richter 2016); the rest is nearly even. */
const PRIORS = { equal: 0.35, preserving: 0.15, independent: 0.2, dependent: 0.1, random: 0.2 } as const

/** Counters in the field step by 1 or a few; larger steps count as random. */
const MAX_STEP = 64

/** Share of probes of the other protocol that pass the NAT in another order than they left. */
const SWAPPED = 0.03

/** Shares of cross traffic to try: almost none, some, half, most. */
const CROSS_TRAFFIC = [0.02, 0.25, 0.5, 0.8] as const

/** No port block is smaller. */
const MIN_WIDTH = 256

/** Fits each rule for external ports to the allocations and weighs them against each other. RFC 4787 §4.2. */
export function fitDelta(allocations: readonly Allocation[]): DeltaFit {
  const chance = chancePerPoint(allocations)
  const hypotheses = [
    ...linearHypotheses(allocations),
    ...countingHypotheses(allocations, chance),
    {
      delta: { type: 'random', value: 0 },
      modulus: 0,
      crossTraffic: 0,
      sharedCounter: false,
      logWeight: Math.log(PRIORS.random) + allocations.length * chance,
    } as const,
  ]
  const best = hypotheses.reduce((a, b) => (b.logWeight > a.logWeight ? b : a))
  const total = hypotheses.reduce((sum, { logWeight }) => sum + Math.exp(logWeight - best.logWeight), 0)
  const same = hypotheses.filter((other) => isSameRule(other, best))
  const share = same.reduce((sum, { logWeight }) => sum + Math.exp(logWeight - best.logWeight), 0)
  const { logWeight: _, ...fit } = best
  return { ...fit, confidence: share / total }
}

function isSameRule(a: Hypothesis, b: Hypothesis): boolean {
  if (a.delta.type !== b.delta.type) return false
  return a.delta.type === 'equal' || a.delta.type === 'preserving' || a.delta.value === b.delta.value
}

/** Log-probability of one port when it is drawn at random, from all ports or from a narrow range. */
function chancePerPoint(allocations: readonly Allocation[]): number {
  const all = -Math.log(WIDTH)
  if (allocations.length < 2) return all
  const ports = allocations.map(({ externalPort }) => externalPort)
  const spread = Math.max(...ports) - Math.min(...ports) + 1
  const width = Math.max(MIN_WIDTH, spread * (1 + 2 / allocations.length))
  // A narrow range costs two guesses, its ends.
  return Math.max(all, -Math.log(width) + (2 * all) / allocations.length)
}

function linearHypotheses(allocations: readonly Allocation[]): Hypothesis[] {
  const fresh = allocations.filter((allocation) => allocation.fresh)
  const rest = (allocations.length - fresh.length) * -Math.log(WIDTH)
  return linearRules(fresh).map((rule) => {
    const type = rule.offset === 0 ? 'equal' : 'preserving'
    // A folded rule costs two guesses beside the offset: the width and the first port.
    // Rules that never fold and rules that fold at the usual end share the prior.
    const shared = isUsualModulus(rule) ? Math.log(0.5) : 0
    const guesses = (rule.offset === 0 ? 0 : 1) + (isUsualModulus(rule) ? 0 : 2)
    return {
      delta: { type, value: rule.offset },
      modulus: rule.modulus,
      crossTraffic: 0,
      sharedCounter: false,
      logWeight:
        Math.log(PRIORS[type]) + shared - guesses * Math.log(WIDTH) + rest + linearLikelihood(fresh, rule),
    }
  })
}

function linearLikelihood(points: readonly Allocation[], rule: LinearRule): number {
  const obeying = points.filter((point) => obeys(point, rule))
  if (!withinOneTurn(obeying, rule)) return Number.NEGATIVE_INFINITY
  const missed = points.length - obeying.length
  return obeying.length * Math.log(1 - OUTLIERS) + missed * Math.log(OUTLIERS / WIDTH)
}

function countingHypotheses(allocations: readonly Allocation[], chance: number): Hypothesis[] {
  const steps = stepsOf(allocations)
  const first = (allocations.length - steps.length) * chance
  const hypotheses: Hypothesis[] = []
  const variants = sharesTested(steps) ? [false, true] : [false]
  for (const step of candidateSteps(steps)) {
    for (const share of CROSS_TRAFFIC) {
      for (const sharedCounter of variants) {
        const guess = Math.log(0.3 / (CROSS_TRAFFIC.length * variants.length)) - 2 * Math.log(Math.abs(step))
        const likelihood = (one: Step, misses: number) =>
          counted({ ...one, between: sharedCounter ? one.between : 0 }, step, share, misses)
        const all = steps.reduce((sum, one) => sum + likelihood(one, OUTLIERS), first)
        const runs = steps.reduce(
          (sum, one) => sum + (one.consecutive ? likelihood(one, BROKEN_RUNS) : chance),
          first,
        )
        const common = { modulus: 0, crossTraffic: share, sharedCounter }
        const prior = (type: 'independent' | 'dependent') => Math.log(PRIORS[type]) + guess
        hypotheses.push(
          { ...common, delta: { type: 'independent', value: step }, logWeight: prior('independent') + all },
          { ...common, delta: { type: 'dependent', value: step }, logWeight: prior('dependent') + runs },
        )
      }
    }
  }
  return hypotheses
}

/** Whether the other protocol made mappings between some of the steps. */
function sharesTested(steps: readonly Step[]): boolean {
  return steps.some(({ between }) => between > 0)
}

/** Log-probability of a distance when the counter moves by `step` and other hosts take a share of its ports. */
function counted({ distance, between }: Step, step: number, share: number, misses: number): number {
  const chanceOf = (taken: number) =>
    Number.isInteger(taken) && taken >= 0 && taken <= MAX_STEP ? (1 - share) * share ** taken : 0
  const taken = distance / step - 1 - between
  const swapped = between > 0 ? SWAPPED : 0
  const hit = (1 - 2 * swapped) * chanceOf(taken) + swapped * (chanceOf(taken - 1) + chanceOf(taken + 1))
  return Math.log((1 - misses) * hit + misses / WIDTH)
}

interface Step {
  readonly distance: number
  /** The internal ports were neighbours. */
  readonly consecutive: boolean
  /** Mappings of the other protocol in between. */
  readonly between: number
}

function stepsOf(allocations: readonly Allocation[]): Step[] {
  return allocations.flatMap((allocation, index) => {
    const before = allocations[index - 1]
    if (before === undefined || !allocation.next) return []
    return [
      {
        distance: allocation.externalPort - before.externalPort,
        consecutive: allocation.internalPort === before.internalPort + 1,
        between: allocation.between ?? 0,
      },
    ]
  })
}

/** Every divisor of an observed distance may be the step. */
function candidateSteps(steps: readonly Step[]): number[] {
  const candidates = new Set<number>()
  for (const { distance } of steps) {
    for (let size = 1; size <= MAX_STEP; size++) {
      if (distance !== 0 && distance % size === 0 && Math.abs(distance) <= MAX_STEP * size)
        candidates.add(Math.sign(distance) * size)
    }
  }
  return [...candidates]
}
