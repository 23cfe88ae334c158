/**
 * A p2pd node: give it a peer's id, get back an encrypted, authenticated pipe.
 *
 * This entry is the node without a machine under it: everything it needs (network, clock, randomness,
 * TLS) is handed in. `@p2pd/node/node` has `startNode`, which puts it on Node.js.
 *
 * ```ts
 * import { startNode } from '@p2pd/node/node'
 *
 * const node = await startNode({ servers: 'servers.json' })
 * node.onPipe((pipe) => pipe.onMessage((data) => pipe.send(data)))
 * const pipe = await node.connect('self')
 * await pipe.send(new TextEncoder().encode('hello'))
 * ```
 *
 * Identities are Ed25519 keys (RFC 8032), pipes are TLS 1.3 (RFC 8446), candidates and nomination are
 * named as in RFC 8445.
 *
 * @packageDocumentation
 */
export { type Address, formatAddress, parseAddress } from './signalling/address.ts'
export type { CallOptions } from './calls/call.ts'
export type { Admit, Applicant } from './calls/admission.ts'
export type { Candidate, PathChoice, UnrankedCandidate } from './candidates/candidate.ts'
export type { CandidateSource, ListeningHost, OpenSource } from './candidates/candidate-source.ts'
export {
  addContact,
  type Contact,
  type ContactEntry,
  type Contacts,
  findContact,
  formatContacts,
  parseContacts,
  peerOf,
  removeContact,
} from './naming/contacts.ts'
export { freeContactName } from './naming/free-name.ts'
export type { Counter, CounterName } from './report/counters.ts'
export { beginFlow, type Datagrams, expectFlows, type OnDatagram, type SendDatagram } from './pipes/flows.ts'
export { EchoProtocol, serveEcho } from './pipes/echo.ts'
export type { InterfaceNat } from './gathering/reflexive-gatherer.ts'
export type { Identity, Verify } from './identity/identity.ts'
export { createNode } from './create-node.ts'
export type { Relay, RelayOpener, RelayWish, TcpRelay, UdpRelay } from './relays/relay-pool.ts'
export type { Node, NodeEvent, NodeOptions } from './node.ts'
export { NodeError, type NodeErrorCode } from './node-error.ts'
export { formatNodeId, parseNodeId } from './identity/node-id.ts'
export type { PathEvent } from './pipes/path-event.ts'
export * from './pairing/index.ts'
export type { Connection, PeerPipe } from './pipes/peer-pipe.ts'
export type {
  OpenSession,
  Session,
  SessionDatagrams,
  SessionSettings,
  SessionStream,
} from './runtime/session.ts'
export { RELAY_POLICIES, type RelayPolicy } from './relays/relay-policy.ts'
export { type Outcome, type ReportLine, STRATEGY_NAMES, type StrategyName } from './report/report.ts'
export type { ResolveName } from './naming/resolve-name.ts'
export type { Log, NetworkWatcher, NodePortMapper, RunningProgram, Runtime } from './runtime/runtime.ts'
export type { DatagramCipher, Secure, SecuredStream, SecureOptions } from './handshake/secure.ts'
export {
  readServers,
  parseServers,
  type Servers,
  type TurnServer,
  type TurnServerSecret,
  type TurnServerUser,
} from './runtime/servers.ts'
export type { ServiceHandler } from './services/services.ts'
export * from './services/situation.ts'
export type { NodeRecord } from './signalling/record.ts'
export type { SideDescription } from './signalling/side-description.ts'
export * from './strategies/expectation.ts'
export type { WaitingCaller } from './services/waiting-room.ts'
export type { ClockOffset } from './signalling/clock-offset.ts'
export type { BrokerState, Records, Signal } from './signalling/signal.ts'
export { parseTarget, type Target } from './naming/target.ts'
