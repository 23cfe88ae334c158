import { isAnswer, type Observation } from '../discovery/observation.ts'
import { isMappingUnderWay, nextInternalPort } from './mapping-sequence.ts'
import { deltaTestIsDone } from './test-progress.ts'
import {
  type DiscoveryView,
  nextSocket,
  primaryServer,
  type ProbeDraft,
  scheduleOfRoundTrip,
  withPurpose,
} from './view.ts'

/**
 * Maps one fresh port after the other. Each waits until the previous one has passed the NAT, as jitter would change
 * their order. Every second port is the neighbour of the previous one.
 */
export function planDelta(view: DiscoveryView): ProbeDraft[] {
  const server = primaryServer(view) ?? connected(view)
  if (server === undefined || isMappingUnderWay(view) || deltaTestIsDone(view)) return []
  const { probe } = server
  return [
    {
      purpose: 'delta',
      test: 'binding',
      socket: nextSocket(view),
      internalPort: nextInternalPort(view),
      server: probe.server,
      to: probe.to,
      schedule: scheduleOfRoundTrip(view),
    },
  ]
}

/** A TCP server that has accepted the connection and not answered yet: the mapping exists, the next may follow. */
function connected(view: DiscoveryView): Observation | undefined {
  const answered = view.observations.some(isAnswer)
  return answered ? undefined : withPurpose(view, 'address').find(({ passedAt }) => passedAt !== undefined)
}
