import type { Interface } from '@p2pd/netif'
import type { KeepAlive } from '@p2pd/session'
import type { Admit } from './calls/admission.ts'
import type { CallOptions } from './calls/call.ts'
import type { Candidate } from './candidates/candidate.ts'
import type { OpenSource } from './candidates/candidate-source.ts'
import type { RelayPolicy } from './relays/relay-policy.ts'
import type { RelayOpener } from './relays/relay-pool.ts'
import type { Counter } from './report/counters.ts'
import type { InterfaceNat } from './gathering/reflexive-gatherer.ts'
import type { Identity } from './identity/identity.ts'
import type { PathEvent } from './pipes/path-event.ts'
import type { PeerPipe } from './pipes/peer-pipe.ts'
import type { ReportLine } from './report/report.ts'
import type { ResolveName } from './naming/resolve-name.ts'
import type { Runtime, RunningProgram } from './runtime/runtime.ts'
import type { ServiceHandler } from './services/services.ts'
import type { WaitingCaller } from './services/waiting-room.ts'
import type { BrokerState, Signal } from './signalling/signal.ts'

/** A running node: peers reach it by its id, and it reaches peers by theirs. */
export interface Node {
  readonly id: string
  /** The node's public candidates, signed. LAN addresses are among them only when the node publishes them. */
  address(): Promise<string>
  /** Resolves when the node can be called by its id. Fails with `NODE_NO_BROKER`, which names each broker and its fault. */
  ready(): Promise<void>
  /** Listens for incoming pipes; returns the function that stops it. A pipe without a listener is closed. */
  onPipe(listener: (pipe: PeerPipe) => void): () => void
  /** Listens for all events; returns the function that stops it. */
  onEvent(listener: (event: NodeEvent) => void): () => void
  /**
   * Connects to a node id, an address, a contact, a domain or `self`. A malformed target fails with `NODE_BAD_TARGET`,
   * `NODE_BAD_ID` or `NODE_BAD_ADDRESS`, a name with `NODE_UNKNOWN_NAME` or `NODE_NO_DNS`, a closed node with
   * `NODE_CLOSED`. A call that finds no path fails with `NODE_UNREACHABLE`, `NODE_NO_ANSWER`, `NODE_NO_BROKER`,
   * `NODE_TIMEOUT` or `NODE_ABORTED`; the error carries the report. A peer that does not offer the service to this node
   * gives `NODE_SERVICE`. A peer that has not decided within the time-out of the call gives `NODE_TIMEOUT`.
   */
  connect(target: string, options?: CallOptions): Promise<PeerPipe>
  /**
   * Offers a service: the handler gets the pipes of admitted callers. Returns the function that withdraws it; open pipes
   * stay. Throws `NODE_BAD_OPTION` for a name that is empty, longer than 255 bytes or served already.
   */
  serve(name: string, handler: ServiceHandler): () => void
  /** The callers that wait for the decision of `admit`, the oldest first. */
  waiting(): readonly WaitingCaller[]
  /** The pipes that are open, callers' and callees', oldest first. */
  pipes(): readonly PeerPipe[]
  /** The newest reports of the NATs; empty before the first NAT has been tested. */
  natReports(): readonly InterfaceNat[]
  /** The candidates that offers carry now, most preferred first. RFC 8445 §5.1. */
  candidates(): readonly Candidate[]
  /** The brokers that the node has tried, and the state of each. */
  brokers(): readonly BrokerState[]
  /** Counts since the start, for metrics. */
  counters(): readonly Counter[]
  /** Ends every pipe, call and listener. */
  close(): Promise<void>
}

/** An event of a node. */
export type NodeEvent =
  | { readonly type: 'pipe'; readonly pipe: PeerPipe }
  /** A caller waits for the decision of `admit`: it may be accepted or refused here, too. */
  | { readonly type: 'waiting'; readonly caller: WaitingCaller }
  /** A pipe has moved to another path, has none for now, or has one again. */
  | (PathEvent & { readonly pipe: PeerPipe })
  | { readonly type: 'network-changed'; readonly interfaces: readonly Interface[] }
  | { readonly type: 'broker-up' | 'broker-down'; readonly url: string; readonly reason?: string }
  /** Another program listens with the identity of this node: a caller of the id reaches one of them. */
  | { readonly type: 'identity-shared'; readonly by?: RunningProgram | undefined }
  /** A call of this node has ended, with success or not. */
  | { readonly type: 'report'; readonly peer: string; readonly report: readonly ReportLine[] }

/** The parts of a node, and how it behaves. */
export interface NodeOptions {
  readonly identity: Identity
  readonly runtime: Runtime
  /** Without signalling only addresses can be called. @default undefined */
  readonly signal?: Signal | undefined
  /** `stun:` URIs (RFC 7064), read anew when the network changes. Without any the node punches nothing. @default none */
  readonly stun?: readonly string[] | (() => readonly string[]) | undefined
  /** TCP port; 0 lets the system choose. @default 0 */
  readonly port?: number | undefined
  /** Serves incoming pipes with the echo protocol. @default false */
  readonly echo?: boolean | undefined
  /** Has gateways forward the TCP port to this host, where the runtime can ask them. @default true */
  readonly portMapping?: boolean | undefined
  /** How long a pipe lasts without a path. A call may have another. @default 60000 */
  readonly resumeMs?: number | undefined
  /**
   * How often an idle path of a pipe is checked. `prompt`: after 10 s of silence, so that its death is noticed within 15 s.
   * `sparing`: once a minute, as far as the NAT's mapping allows, for hosts on battery. A call may have another.
   * @default 'prompt'
   */
  readonly keepAlive?: KeepAlive | undefined
  /** Puts private addresses into `address()`, not only global ones. @default true */
  readonly publishLan?: boolean | undefined
  /** Opens relays at TURN servers for calls without another path. @default calls are not relayed */
  readonly relayOpener?: RelayOpener | undefined
  /**
   * When calls without a policy of their own go through a relay. Callers find the node by no relay with `never`, and by
   * nothing else with `only`.
   *
   * @default 'last'
   */
  readonly relay?: RelayPolicy | undefined
  /** Looks up contacts and domains. @default nothing does: ids and addresses alone can be called */
  readonly names?: ResolveName | undefined
  /** Decides who may use which service. @default the raw pipe is for everyone, a service for nobody */
  readonly admit?: Admit | undefined
  /** False for a node that nobody is to call: it leaves no record on its brokers. @default true */
  readonly announce?: boolean | undefined
  /** Further sources of candidates, beside the NICs and the STUN servers: gateways, relays. @default none */
  readonly sources?: readonly OpenSource[] | undefined
}
