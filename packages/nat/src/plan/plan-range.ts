import { estimateRange } from '../classify/port-range.ts'
import { isOver } from '../discovery/observation.ts'
import { isBehaviourKnown } from './discovery-progress.ts'
import {
  type DiscoveryView,
  nextSocket,
  primaryServer,
  type ProbeDraft,
  scheduleOfRoundTrip,
  withPurpose,
} from './view.ts'

/** Mappings that show the ends of a range to 2 %. */
const SAMPLES = 100

/** Mappings that show them to 1 %. */
const THOROUGH_SAMPLES = 250

/** A rule that folds shows the width; so many mappings show where the range begins. */
const FOLDED_SAMPLES = 40

/** A counter is followed around its range for a minute at most. */
const MAX_WALK = 2600

/** Probes under way together: fewer than ten with the two long-lived sockets. */
const MAX_UNDER_WAY = 7

/** Opens fresh ports, in no particular order, until the range of external ports is known. */
export function planRange(view: DiscoveryView): ProbeDraft[] {
  const server = primaryServer(view)
  if (server === undefined || !isBehaviourKnown(view) || rangeTestIsDone(view)) return []
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
      schedule: scheduleOfRoundTrip(view),
    },
  ]
}

/** Whether the range is known as well as the goal wants. */
export function rangeTestIsDone(view: DiscoveryView): boolean {
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
  // A silent server must not keep the test going.
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
