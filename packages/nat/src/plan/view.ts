import type { RetransmissionSchedule } from '@p2pd/stun'
import { CONNECTION_ATTEMPT_DELAY_MS, type TransportAddress } from '@p2pd/netif'
import type { Assessment } from '../classify/assess.ts'
import { type Answer, type Observation, type Probe } from '../discovery/observation.ts'
import type { JournalView } from '../discovery/probe-journal.ts'

/** How much to discover; each goal includes the previous one. */
export type DiscoveryGoal = 'address' | 'behaviour' | 'range' | 'thorough'

/** The settings of a discovery. */
export interface DiscoverySetup {
  readonly protocol: 'udp' | 'tcp'
  readonly goal: DiscoveryGoal
  /** In the order to be tried. */
  readonly servers: readonly TransportAddress[]
  /** Another discovery tests the other protocol at the same time: both share the packet rate. @default false */
  readonly shared?: boolean
  /** Sampling a range ends so long after the first probe. @default when there are enough samples */
  readonly rangeMs?: number
  /** The probes of both protocols so far, when both are tested at the same time. @default none */
  readonly journal?: JournalView
  /** Random local ports for sockets at a distance from the previous one. */
  readonly ports: readonly number[]
}

/** The state that the next probes depend on. */
export interface DiscoveryView {
  readonly setup: DiscoverySetup
  readonly observations: readonly Observation[]
  /** @internal */
  readonly assessment: Assessment
  readonly now: number
}

/** A probe that has no number yet. */
export type ProbeDraft = Omit<Probe, 'id'>

/** The RTO before any answer. RFC 8489 §6.2.1. */
export const INITIAL_RTO_MS = 500

/** The shortest RTO: the jitter of a wireless LAN must not look like loss. */
const MIN_RTO_MS = 100

/** Answered binding probes to trusted servers. */
export function trustedAnswers({ assessment }: DiscoveryView): readonly Answer[] {
  return assessment.answers
}

/** Probes with this purpose. */
export function withPurpose({ observations }: DiscoveryView, ...purposes: Probe['purpose'][]): Observation[] {
  return observations.filter(({ probe }) => purposes.includes(probe.purpose))
}

/** The server for most probes: it answered first and has failed least since. */
export function primaryServer(view: DiscoveryView): Answer | undefined {
  const { observations, setup } = view
  const failures = new Map<number, number>()
  for (const { state, probe } of observations) {
    if (state !== 'unanswered' || probe.test !== 'binding' || probe.to !== setup.servers[probe.server])
      continue
    failures.set(probe.server, (failures.get(probe.server) ?? 0) + 1)
  }
  let best: Answer | undefined
  let fewest = Number.POSITIVE_INFINITY
  for (const answer of trustedAnswers(view)) {
    const { server, to } = answer.probe
    const failed = failures.get(server) ?? 0
    if (to !== setup.servers[server] || failed >= fewest) continue
    best = answer
    fewest = failed
  }
  return best
}

/** Answers that show the present state of the path. */
const RECENT = 24

/** Round trip time of the latest answers: mean and mean deviation. RFC 6298 §2. */
export function roundTrip(view: DiscoveryView): { readonly meanMs: number; readonly deviationMs: number } {
  const rtts = trustedAnswers(view)
    .slice(-RECENT)
    .flatMap(({ rttMs }) => (rttMs === undefined ? [] : [rttMs]))
  if (rtts.length === 0) return { meanMs: INITIAL_RTO_MS / 2, deviationMs: INITIAL_RTO_MS / 8 }
  const mean = rtts.reduce((sum, rtt) => sum + rtt, 0) / rtts.length
  const deviation = rtts.reduce((sum, rtt) => sum + Math.abs(rtt - mean), 0) / rtts.length
  return { meanMs: mean, deviationMs: deviation }
}

/** The schedule of a probe to a server that answers: its RTO follows the measured round trip. RFC 6298 §2.3, with half a round trip more. */
export function scheduleOfRoundTrip(view: DiscoveryView): RetransmissionSchedule {
  if (view.setup.protocol === 'tcp') return TCP_SCHEDULE
  const { meanMs, deviationMs } = roundTrip(view)
  const rtoMs = Math.max(MIN_RTO_MS, 1.5 * meanMs + 4 * deviationMs)
  return { rtoMs, requestCount: 4, backoff: 2, lastWaitMs: 2 * rtoMs }
}

/** TCP retransmits by itself, a lost SYN after 1 s: time for two lost ones. RFC 6298 §2.1. */
export const TCP_SCHEDULE: RetransmissionSchedule = {
  rtoMs: 0,
  requestCount: 1,
  backoff: 1,
  lastWaitMs: 3500,
}

/** A number that no socket has yet. */
export function nextSocket({ observations }: DiscoveryView): number {
  return Math.max(-1, ...observations.map(({ probe }) => probe.socket)) + 1
}

/** How long other tests wait for a probe; then it counts as lost. */
export function lossTimeoutMs(view: DiscoveryView): number {
  const { meanMs, deviationMs } = roundTrip(view)
  return Math.min(CONNECTION_ATTEMPT_DELAY_MS, 2 * meanMs + 4 * deviationMs)
}
