import { isAnswer, type Observation } from '../discovery/observation.ts'
import { laneIsBusy, nextInternalPort } from './lane.ts'
import { deltaIsSettled } from './settled.ts'
import {
  type DiscoveryView,
  nextSocket,
  primary,
  type ProbeDraft,
  usualSchedule,
  withPurpose,
} from './view.ts'

/**
 * One fresh port after the other, each when the one before is through the NAT, or jitter would
 * change their order. Every second one is its predecessor's neighbour.
 */
export function planDelta(view: DiscoveryView): ProbeDraft[] {
  const server = primary(view) ?? connected(view)
  if (server === undefined || laneIsBusy(view) || deltaIsSettled(view)) return []
  const { probe } = server
  return [
    {
      purpose: 'delta',
      test: 'binding',
      socket: nextSocket(view),
      internalPort: nextInternalPort(view),
      server: probe.server,
      to: probe.to,
      schedule: usualSchedule(view),
    },
  ]
}

/** A TCP server that has accepted but not answered yet: the mapping is made, the next may follow. */
function connected(view: DiscoveryView): Observation | undefined {
  const answered = view.observations.some(isAnswer)
  return answered ? undefined : withPurpose(view, 'address').find(({ passedAt }) => passedAt !== undefined)
}
