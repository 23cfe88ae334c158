import { isOver, type Observation } from '../discovery/observation.ts'
import { laneOf } from './lane.ts'
import { type DiscoveryView, patienceMs, trustedAnswers, withPurpose } from './view.ts'

/** Certain enough to stop: 1 in 50 against. */
const CERTAIN = 0.98

/** Sequential mappings before a rule is believed: two steps to a neighbouring port, two to a distant one. */
const MIN_LANE = 7

/** What no rule explains after so many follows none. */
const MAX_LANE = 28

/** Whether the mapping test has told what it will, not counting servers that are late. */
export function mappingIsSettled(view: DiscoveryView): boolean {
  const asked = withPurpose(view, 'mapping')
  if (asked.length === 0) return false
  return asked.every((probe) => isOver(probe) || view.now - probe.launchedAt >= 2 * patienceMs(view))
}

/** Whether the rule for ports is known, or there is none to be known. */
export function deltaIsSettled(view: DiscoveryView): boolean {
  const { untranslated, fit } = view.assessment.translation
  // Once sampling has begun the rule stands: samples come in no order.
  if (untranslated || withPurpose(view, 'range').length > 0) return true
  const lane = laneOf(view)
  const trusted = new Set(trustedAnswers(view).map(({ probe }) => probe.socket))
  const answered = lane.filter(({ probe }) => trusted.has(probe.socket)).length
  if (lane.length >= MAX_LANE) return true
  // What came out of order looks random, too.
  const wanted = fit.delta.type === 'random' ? MIN_LANE + 2 * disturbances(lane) : MIN_LANE
  return answered >= wanted && fit.confidence >= CERTAIN
}

/** Steps of the sequence whose beginning is not known to have been through the NAT before their end was sent. */
function disturbances(lane: readonly Observation[]): number {
  return lane.filter(({ launchedAt }, i) => {
    const before = lane[i - 1]
    return before !== undefined && (before.passedAt ?? Number.POSITIVE_INFINITY) > launchedAt
  }).length
}
