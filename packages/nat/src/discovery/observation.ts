import type { TransportAddress } from '@p2pd/netif'
import type { RetransmissionSchedule } from '@p2pd/stun'

/** The question of a probe: its mapping, an answer from elsewhere (RFC 5780 §4.4), or its own packet back (hairpin). */
export type ProbeTest = 'binding' | 'change-port' | 'change-address-and-port' | 'hairpin'

/** The test that a probe belongs to; `verify` repeats the mapping test. */
export type ProbePurpose = 'address' | 'mapping' | 'verify' | 'filtering' | 'hairpin' | 'delta' | 'range'

/** One question to one server, as a value. */
export interface Probe {
  /** Counts up in the order of sending. */
  readonly id: number
  readonly purpose: ProbePurpose
  readonly test: ProbeTest
  /** Probes with the same number leave from the same local port. */
  readonly socket: number
  /** The local port for a new socket; any other port when it is in use. */
  readonly internalPort: number
  /** Index into the list of servers; the alternate address of a server has the same. */
  readonly server: number
  readonly to: TransportAddress
  readonly schedule: RetransmissionSchedule
}

/** The state of a probe. The discovery does not wait for `cancelled` ones. */
export type ProbeState = 'pending' | 'answered' | 'unanswered' | 'unsupported' | 'cancelled'

/** The record of one probe. */
export interface Observation {
  readonly probe: Probe
  readonly state: ProbeState
  readonly launchedAt: number
  /** When the probe was known to have passed the NAT: its mapping, if it makes one, exists. */
  readonly passedAt?: number
  readonly endedAt?: number
  /** A RST came back: the network is open, and the server has no STUN over TCP. */
  readonly isRefused?: true
  readonly rttMs?: number
  readonly internal?: TransportAddress
  /** The mapped address in the answer. */
  readonly external?: TransportAddress
  /** OTHER-ADDRESS (RFC 5780 §7.4) or CHANGED-ADDRESS (RFC 3489 §11.2.3). */
  readonly other?: TransportAddress
  /** Responses that cannot be believed, as sentences. */
  readonly anomalies?: readonly string[]
}

/** Whether the record of a probe is complete. */
export function isOver({ state }: Observation): boolean {
  return state !== 'pending'
}

/** An answered binding probe: an internal address and the external one that the server saw. */
export interface Answer extends Observation {
  readonly internal: TransportAddress
  readonly external: TransportAddress
}

/** Whether an observation shows a mapping. */
export function isAnswer(observation: Observation): observation is Answer {
  return (
    observation.state === 'answered' &&
    observation.probe.test === 'binding' &&
    observation.internal !== undefined &&
    observation.external !== undefined
  )
}
