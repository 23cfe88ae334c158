import type {
  Broker,
  CallReport,
  Candidate,
  Contact,
  Forward,
  InterfaceNat,
  NetworkInterface,
  NodeResource,
  Pairing,
  Pipe,
  Service,
  Transfer,
  Waiting,
} from '@p2pd/client'
import type { LogLine } from '../log/log-filter.ts'

/** The connection to the daemon: `token` when it demands one. */
export type LinkState =
  | { readonly type: 'loading' }
  | { readonly type: 'live' }
  | { readonly type: 'lost'; readonly reason: string }
  | { readonly type: 'token' }

/** Everything that the page shows. */
export interface Snapshot {
  readonly link: LinkState
  readonly node: NodeResource | undefined
  readonly interfaces: readonly NetworkInterface[]
  readonly nats: readonly InterfaceNat[]
  readonly brokers: readonly Broker[]
  readonly candidates: readonly Candidate[]
  readonly contacts: readonly Contact[]
  readonly pipes: readonly Pipe[]
  /** The callers that wait for a decision, the oldest first. */
  readonly waiting: readonly Waiting[]
  /** Newest first. */
  readonly reports: readonly CallReport[]
  readonly pairings: readonly Pairing[]
  /** Newest first. */
  readonly transfers: readonly Transfer[]
  readonly forwards: readonly Forward[]
  /** The services that this node offers. */
  readonly services: readonly Service[]
  /** Oldest first. */
  readonly log: readonly LogLine[]
}

export const EMPTY: Snapshot = {
  link: { type: 'loading' },
  node: undefined,
  interfaces: [],
  nats: [],
  brokers: [],
  candidates: [],
  contacts: [],
  pipes: [],
  waiting: [],
  reports: [],
  pairings: [],
  transfers: [],
  forwards: [],
  services: [],
  log: [],
}
