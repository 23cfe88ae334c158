/**
 * A typed client of the p2pd daemon: its requests, their answers and its events.
 *
 * The types are generated from the OpenAPI document of the daemon, so that a route that does not exist does not compile.
 * The client has no dependency, keeps no state and repeats no request. It runs in Node.js and in browsers;
 * `@p2pd/client/node` adds the daemon's Unix socket.
 *
 * ```ts
 * import { createClient } from '@p2pd/client'
 *
 * const daemon = createClient()
 * await daemon.request('put /v1/pipes/{name}', { path: { name: 'me' }, body: { target: 'self' } })
 * for await (const event of daemon.events()) console.log(event.type)
 * ```
 *
 * RFC 9110 (HTTP), RFC 9457 (problems), RFC 6750 (bearer tokens).
 *
 * @packageDocumentation
 */
export { type Client, type ClientOptions, createClient } from './client.ts'
export { ClientError, type ClientErrorCode } from './client-error.ts'
export type { DaemonEvent } from './event-stream.ts'
export type { Fetch, FetchRequest, FetchResponse, PieceReader } from './fetch.ts'
export type { RequestArguments, RequestOptions, Route, RouteAnswer, RouteRequest } from './routes.ts'
export type {
  Acceptance,
  Broker,
  CallReport,
  Candidate,
  Contact,
  ContactTarget,
  Decision,
  Event,
  Forward,
  ForwardRequest,
  InterfaceNat,
  Listener,
  ListenerRequest,
  Message,
  MessageRequest,
  NatReport,
  NetworkInterface,
  NodeResource,
  Pairing,
  PairingRequest,
  PathMove,
  Pipe,
  PipeRequest,
  Problem,
  ReportLine,
  Routes,
  Service,
  ServiceRequest,
  Sent,
  Strategy,
  Stream,
  StreamRequest,
  Transfer,
  TransferProgress,
  TransferRequest,
  TransferSummary,
  Waiting,
} from './generated/api.ts'
