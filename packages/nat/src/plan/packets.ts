import type { Observation } from '../discovery/observation.ts'
import type { DiscoverySetup, DiscoveryView } from './view.ts'

const SECOND_MS = 1000

/** No probe is sent again after this. */
const LONGEST_SCHEDULE_MS = 4000

/** A NAT's table has to hold what is sent: as many packets as it takes unknown ports without harm. */
const MAX_PER_SECOND = 50

/** Of them, where both protocols are looked at at once: UDP repeats its questions itself. */
const SHARED: Readonly<Record<DiscoverySetup['protocol'], number>> = { udp: 28, tcp: 22 }

/** Left for what is sent again after a loss. */
const SPARE = 0.08

/** Packets that may leave in any second; over TCP, connections that may be opened. */
export function packetsPerSecond({ protocol, shared }: Pick<DiscoverySetup, 'protocol' | 'shared'>): number {
  return shared ? SHARED[protocol] : MAX_PER_SECOND
}

/** Room for new probes, and when there will be some. */
export interface Room {
  readonly probes: number
  readonly nextAt: number
}

/** How many probes may leave now, resent ones counted. */
export function roomFor({ setup, observations, now }: DiscoveryView): Room {
  const sent: number[] = []
  for (let i = observations.length - 1; i >= 0; i--) {
    const observation = observations[i] as Observation
    if (observation.launchedAt <= now - SECOND_MS - LONGEST_SCHEDULE_MS) break
    sent.push(...sendings(observation, now))
  }
  const room = Math.floor(packetsPerSecond(setup) * (1 - SPARE)) - sent.length
  return { probes: Math.max(0, room), nextAt: Math.min(...sent) + SECOND_MS }
}

/** When a probe was sent within the last second, by its schedule. */
function sendings(
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
