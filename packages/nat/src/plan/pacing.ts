import type { Observation } from '../discovery/observation.ts'
import type { DiscoverySetup, DiscoveryView } from './view.ts'

const SECOND_MS = 1000

/** Every schedule sends its last request by then. */
const LONGEST_SCHEDULE_MS = 4000

/** Each packet may make a mapping, and the table of the NAT has to hold them. */
const MAX_PER_SECOND = 50

/** The share of each protocol while both are tested: UDP needs more, as the probes repeat lost requests. */
const SHARED: Readonly<Record<DiscoverySetup['protocol'], number>> = { udp: 28, tcp: 22 }

/** Share that is left for requests sent again after a loss. */
const SPARE = 0.08

/** Packets that may leave in any second; over TCP, connections that may be opened. */
export function packetsPerSecond({ protocol, shared }: Pick<DiscoverySetup, 'protocol' | 'shared'>): number {
  return shared ? SHARED[protocol] : MAX_PER_SECOND
}

/** How many new probes may leave now, and when the next one may. */
export interface ProbeBudget {
  readonly probes: number
  readonly nextAt: number
}

/** The budget for new probes; requests sent again count. */
export function probeBudget({ setup, observations, now }: DiscoveryView): ProbeBudget {
  const sent: number[] = []
  for (let i = observations.length - 1; i >= 0; i--) {
    const observation = observations[i] as Observation
    if (observation.launchedAt <= now - SECOND_MS - LONGEST_SCHEDULE_MS) break
    sent.push(...sendTimes(observation, now))
  }
  const budget = Math.floor(packetsPerSecond(setup) * (1 - SPARE)) - sent.length
  return { probes: Math.max(0, budget), nextAt: Math.min(...sent) + SECOND_MS }
}

/** The times within the last second at which a probe was sent, by its schedule. */
function sendTimes(
  { probe, launchedAt, endedAt = Number.POSITIVE_INFINITY }: Observation,
  now: number,
): number[] {
  const { rtoMs, requestCount, backoff } = probe.schedule
  const times: number[] = []
  for (let tried = 0, at = launchedAt; tried < requestCount && at <= now && at <= endedAt; tried++) {
    if (at > now - SECOND_MS) times.push(at)
    at += rtoMs * backoff ** tried
  }
  return times
}
