import { isOver, type Observation } from '../discovery/observation.ts'
import { mappingSequence } from './mapping-sequence.ts'
import { type DiscoveryView, lossTimeoutMs, trustedAnswers, withPurpose } from './view.ts'

/** Confidence at which the test stops. */
const CERTAIN = 0.98

/** Mappings before a rule is believed: two steps to a neighbouring port, two to a distant one. */
const MIN_MAPPINGS = 7

/** After this many mappings without a fitting rule, the port assignment counts as random. */
const MAX_MAPPINGS = 28

/** Whether the mapping test is done, late servers aside. */
export function mappingTestIsDone(view: DiscoveryView): boolean {
  const asked = withPurpose(view, 'mapping')
  if (asked.length === 0) return false
  return asked.every((probe) => isOver(probe) || view.now - probe.launchedAt >= 2 * lossTimeoutMs(view))
}

/** Whether the test of the port assignment is done. */
export function deltaTestIsDone(view: DiscoveryView): boolean {
  const { untranslated, fit } = view.assessment.translation
  // Samples of the range have no order, so the rule does not change any more.
  if (untranslated || withPurpose(view, 'range').length > 0) return true
  const sequence = mappingSequence(view)
  const trusted = new Set(trustedAnswers(view).map(({ probe }) => probe.socket))
  const answered = sequence.filter(({ probe }) => trusted.has(probe.socket)).length
  if (sequence.length >= MAX_MAPPINGS) return true
  // Mappings out of order look random, too.
  const wanted = fit.delta.type === 'random' ? MIN_MAPPINGS + 2 * disturbances(sequence) : MIN_MAPPINGS
  return answered >= wanted && fit.confidence >= CERTAIN
}

/** Steps of the sequence in unknown order: the later probe was sent before the earlier one had passed the NAT. */
function disturbances(sequence: readonly Observation[]): number {
  return sequence.filter(({ launchedAt }, i) => {
    const before = sequence[i - 1]
    return before !== undefined && (before.passedAt ?? Number.POSITIVE_INFINITY) > launchedAt
  }).length
}
