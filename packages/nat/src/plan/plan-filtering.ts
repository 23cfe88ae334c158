import type { RetransmissionSchedule } from '@p2pd/stun'
import { type Answer, isOver, type Observation } from '../discovery/observation.ts'
import { serversWithAlternate } from './plan-mapping.ts'
import { type DiscoveryView, nextSocket, type ProbeDraft, roundTrip, withPurpose } from './view.ts'

/** Servers tried, as the first may refuse or have no working alternate address. */
const MAX_FILTERING_SERVERS = 2

/** The server tries to connect back for some seconds, then reports the outcome. */
const CONNECT_BACK_SCHEDULE: RetransmissionSchedule = {
  rtoMs: 0,
  requestCount: 1,
  backoff: 1,
  lastWaitMs: 5000,
}

/**
 * Asks for answers from another address and port, to a port that has sent to the server's first address only. A port
 * that has sent to the alternate address has opened the filter. RFC 5780 §4.4.
 */
export function planFiltering(view: DiscoveryView): ProbeDraft[] {
  const tests = withPurpose(view, 'filtering')
  if (tests.some((test) => !isOver(test))) return []
  const opened = tests.find(({ state, probe }) => state === 'answered' && probe.test === 'change-port')
  if (opened !== undefined) return view.setup.protocol === 'tcp' ? secondTest(tests, opened) : []
  if (view.assessment.filtering.filtering !== 'unknown') return []
  const tried = new Set(tests.map(({ probe }) => probe.server))
  const tester = serversWithAlternate(view).find(({ probe }) => !tried.has(probe.server))
  if (tester === undefined || tried.size >= MAX_FILTERING_SERVERS) return []
  const quiet = quietSocket(view, tester)
  const socket = quiet?.probe.socket ?? nextSocket(view)
  const internalPort = quiet?.probe.internalPort ?? view.setup.ports[socket] ?? 0
  const { server, to } = tester.probe
  const common = {
    purpose: 'filtering',
    socket,
    internalPort,
    server,
    to,
    schedule: scheduleOf(view),
  } as const
  const otherPort = { ...common, test: 'change-port' } as const
  if (view.setup.protocol === 'tcp') return [otherPort]
  return [otherPort, { ...common, test: 'change-address-and-port' }]
}

/** A server connects back once at a time, so the second test follows the first. */
function secondTest(
  tests: readonly Observation[],
  { probe: { id: _, ...probe } }: Observation,
): ProbeDraft[] {
  const done = tests.some((test) => test.probe.test === 'change-address-and-port')
  return done ? [] : [{ ...probe, test: 'change-address-and-port' }]
}

/** An open socket that has sent to this address only: it saves a mapping. */
function quietSocket(view: DiscoveryView, { probe: { to } }: Answer): Observation | undefined {
  return withPurpose(view, 'address').find(
    ({ probe }) =>
      probe.to === to &&
      view.observations.every((other) => other.probe.socket !== probe.socket || other.probe.to === to),
  )
}

/** Three requests a round trip apart: the verdict on silence takes five round trips. */
function scheduleOf(view: DiscoveryView): RetransmissionSchedule {
  if (view.setup.protocol === 'tcp') return CONNECT_BACK_SCHEDULE
  const { meanMs, deviationMs } = roundTrip(view)
  return {
    rtoMs: Math.max(30, meanMs),
    requestCount: 3,
    backoff: 1,
    lastWaitMs: 2 * meanMs + 4 * deviationMs + 60,
  }
}
