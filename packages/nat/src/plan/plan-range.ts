import { estimateRange } from '../classify/port-range.ts'
import { isOver } from '../discovery/observation.ts'
import { behaviourIsKnown } from './known.ts'
import {
  type DiscoveryView,
  nextSocket,
  primary,
  type ProbeDraft,
  usualSchedule,
  withPurpose,
} from './view.ts'

/** Mappings to draw a range's ends from: they are then known to 2 %. */
const SAMPLES = 100

/** A thorough look: to 1 %. */
const THOROUGH_SAMPLES = 250

/** A rule that folds tells the width by itself; these say where it begins. */
const FOLDED_SAMPLES = 40

/** A counter is followed around its range, if that takes no longer than a minute. */
const MAX_WALK = 2600

/** Under way together: with the two long-lived sockets fewer than ten. */
const MAX_UNDER_WAY = 7

/** Opens fresh ports, in no particular order, until the range of external ports is known. */
export function planRange(view: DiscoveryView): ProbeDraft[] {
  const server = primary(view)
  if (server === undefined || !behaviourIsKnown(view) || rangeIsSettled(view)) return []
  const underWay = withPurpose(view, 'range').filter((probe) => !isOver(probe)).length
  if (underWay >= MAX_UNDER_WAY) return []
  const socket = nextSocket(view)
  return [
    {
      purpose: 'range',
      test: 'binding',
      socket,
      internalPort: view.setup.ports[socket % view.setup.ports.length] ?? 0,
      server: server.probe.server,
      to: server.probe.to,
      schedule: usualSchedule(view),
    },
  ]
}

/** Whether as much is known of the range as was asked for, once the rule for ports is known. */
export function rangeIsSettled(view: DiscoveryView): boolean {
  const { setup, assessment } = view
  if (setup.goal === 'address' || setup.goal === 'behaviour') return true
  const startedAt = view.observations[0]?.launchedAt ?? view.now
  if (setup.rangeMs !== undefined && view.now - startedAt >= setup.rangeMs) return true
  const { untranslated, allocations } = assessment.translation
  return untranslated || allocations.length >= samplesWanted(view)
}

function samplesWanted({ setup, assessment, observations }: DiscoveryView): number {
  const { fit, allocations } = assessment.translation
  const thorough = setup.goal === 'thorough'
  // Answers that never come must not keep it going.
  if (observations.length > MAX_WALK + THOROUGH_SAMPLES) return 0
  switch (fit.delta.type) {
    case 'equal':
    case 'preserving':
      return estimateRange(allocations, fit).measured ? FOLDED_SAMPLES : 0
    case 'independent':
      return thorough && !estimateRange(allocations, fit).measured ? MAX_WALK : 0
    default:
      return thorough ? THOROUGH_SAMPLES : SAMPLES
  }
}
