import type { TransportAddress } from '@p2pd/netif'
import type { RetransmissionSchedule } from '@p2pd/stun'

/** What a probe asks: for its mapping, for an answer from elsewhere (RFC 5780 §4.4), or for itself back. */
export type ProbeTest = 'binding' | 'change-port' | 'change-address-and-port' | 'hairpin'

/** What a probe is for. */
export type ProbePurpose = 'address' | 'mapping' | 'verify' | 'filtering' | 'hairpin' | 'delta' | 'range'

/** One question to one server, as a value. */
export interface Probe {
  /** Counts up in the order of launching. */
  readonly id: number
  readonly purpose: ProbePurpose
  readonly test: ProbeTest
  /** Probes with the same number leave from the same local port. */
  readonly socket: number
  /** The local port a new socket is to get; any other when it is taken. */
  readonly internalPort: number
  /** The server asked, as an index into the list of servers: the alternate address has the same. */
  readonly server: number
  readonly to: TransportAddress
  readonly schedule: RetransmissionSchedule
}

/** How far a probe has come. `cancelled` ones were not waited for. */
export type ProbeState = 'pending' | 'answered' | 'unanswered' | 'unsupported' | 'cancelled'

/** What is known of one probe. */
export interface Observation {
  readonly probe: Probe
  readonly state: ProbeState
  readonly launchedAt: number
  /** When it was known to be through the NAT: its mapping, if it makes one, is made. */
  readonly passedAt?: number
  readonly endedAt?: number
  readonly rttMs?: number
  readonly internal?: TransportAddress
  /** The mapped address in the answer. */
  readonly external?: TransportAddress
  /** OTHER-ADDRESS (RFC 5780 §7.4) or CHANGED-ADDRESS (RFC 3489 §11.2.3). */
  readonly other?: TransportAddress
  /** What came and could not be believed. */
  readonly strange?: readonly string[]
}

/** Whether nothing more will be known of a probe. */
export function isOver({ state }: Observation): boolean {
  return state !== 'pending'
}

/** An answered binding probe: which internal port became which external address. */
export interface Answer extends Observation {
  readonly internal: TransportAddress
  readonly external: TransportAddress
}

/** Whether an observation tells of a mapping. */
export function isAnswer(observation: Observation): observation is Answer {
  return (
    observation.state === 'answered' &&
    observation.probe.test === 'binding' &&
    observation.internal !== undefined &&
    observation.external !== undefined
  )
}
