import { RELAY_POLICIES, STRATEGY_NAMES } from '@p2pd/node'
import { Type } from 'typebox'

export const Strategy = Type.Union(STRATEGY_NAMES.map((name) => Type.Literal(name)))

export const ReportLine = Type.Object({
  strategy: Strategy,
  local: Type.String(),
  remote: Type.String(),
  startMs: Type.Number(),
  endMs: Type.Number(),
  outcome: Type.String({ description: 'won, failed, cancelled or skipped' }),
  reason: Type.String(),
})

export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  code: Type.String(),
  report: Type.Optional(Type.Array(ReportLine)),
})

export const NodeResource = Type.Object({
  id: Type.String(),
  address: Type.String(),
  version: Type.String(),
  pid: Type.Integer(),
  url: Type.String(),
  startedAt: Type.String({ format: 'date-time' }),
})

export const Candidate = Type.Object({
  kind: Type.String(),
  transport: Type.String(),
  ip: Type.String(),
  port: Type.Integer(),
  priority: Type.Number(),
})

/** A change of the path under a pipe. */
export const PathMove = Type.Object({
  at: Type.String({ format: 'date-time' }),
  type: Type.String({ description: 'path: another path; suspended: none for now; resumed: one again' }),
  strategy: Type.Optional(Strategy),
  local: Type.Optional(Type.String()),
  remote: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
  afterMs: Type.Optional(Type.Number({ description: 'how long there was no path' })),
})

export const Pipe = Type.Object({
  name: Type.String(),
  peer: Type.String(),
  direction: Type.String({ description: 'in or out' }),
  service: Type.String({ description: 'the service that the caller asked for; empty for the raw pipe' }),
  client: Type.Optional(Type.String({ description: 'the client that it ends with' })),
  strategy: Strategy,
  transport: Type.String({ description: 'tcp or udp, of the path in use' }),
  local: Type.String(),
  remote: Type.String(),
  rttMs: Type.Optional(Type.Number({ description: 'the smoothed round-trip time of the path, once known' })),
  suspended: Type.Boolean({ description: 'whether it has no path for now' }),
  encrypted: Type.Boolean(),
  maxDatagramBytes: Type.Integer({ description: 'the longest datagram that travels beside the pipe' }),
  elapsedMs: Type.Number(),
  openedAt: Type.String({ format: 'date-time' }),
  bytesSent: Type.Number({ description: 'with those of its streams' }),
  bytesReceived: Type.Number(),
  unread: Type.Integer({ description: 'messages that wait, over all subscriptions' }),
  dropped: Type.Integer({ description: 'messages that were lost because a subscription was full' }),
  joined: Type.Boolean({ description: 'whether a tunnel reads its bytes' }),
  moves: Type.Array(PathMove, { description: 'the last 50, oldest first' }),
  report: Type.Array(ReportLine),
})

export const PipeName = Type.Object({ name: Type.String({ minLength: 1, maxLength: 256 }) })

/** A client that holds a connection to `/v1/clients/{name}`. */
const client = {
  client: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 256,
      description: 'a client that holds a connection: it ends with that',
    }),
  ),
}

/** The client that takes the raw pipes of callers, in place of the echo protocol. */
export const Listener = Type.Object(client)

export const ListenerRequest = Type.Object({ client: Type.String({ minLength: 1, maxLength: 256 }) })

export const PipeRequest = Type.Object({
  ...client,
  target: Type.String({
    minLength: 1,
    maxLength: 8192,
    description: 'a node id, an address, a contact, a domain or self',
  }),
  service: Type.Optional(
    Type.String({ maxLength: 255, description: 'a service of the peer; the raw pipe without it' }),
  ),
  strategies: Type.Optional(Type.Array(Strategy, { minItems: 1, maxItems: STRATEGY_NAMES.length })),
  relay: Type.Optional(Type.Union(RELAY_POLICIES.map((policy) => Type.Literal(policy)))),
  timeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 300_000 })),
})

/** A message as JSON; `text` is there when the bytes are UTF-8. */
export const Message = Type.Object({
  data: Type.String({ description: 'base64' }),
  text: Type.Optional(Type.String()),
  from: Type.String(),
})

export const MessageQuery = Type.Object({
  timeoutMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 3_600_000, default: 0 })),
  match: Type.Optional(Type.String({ maxLength: 512, description: "a pattern of RE2's syntax" })),
})

export const MessageRequest = Type.Object({
  // Node's decoder skips other characters, and the peer would get other bytes. RFC 4648 §4.
  data: Type.Optional(Type.String({ description: 'base64', pattern: '^[A-Za-z0-9+/]*={0,2}$' })),
  text: Type.Optional(Type.String()),
})

export const Sent = Type.Object({ sent: Type.Integer({ description: 'bytes' }) })

const access = {
  allow: Type.Optional(
    Type.Array(Type.String(), {
      description: 'the services that the peer may use; all for contacts without it',
    }),
  ),
  isBlocked: Type.Optional(Type.Boolean()),
}

export const Contact = Type.Object({ name: Type.String(), target: Type.String(), ...access })

export const ContactTarget = Type.Object({
  target: Type.String({ minLength: 1, maxLength: 8192 }),
  ...access,
})

/** A service of the node. */
export const Service = Type.Object({
  name: Type.String(),
  to: Type.Optional(
    Type.String({
      description:
        'where its connections go: address:port, udp:address:port or unix:PATH; without it a caller becomes a pipe',
    }),
  ),
  allow: Type.Optional(
    Type.Array(Type.String(), { description: "who may use it; the daemon's own list without it" }),
  ),
  client: Type.Optional(Type.String({ description: 'the client that it ends with' })),
})

export const ServiceRequest = Type.Object({
  ...client,
  to: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 4096,
      description: 'a port, address:port, udp:port, or unix:PATH (over the Unix socket alone)',
    }),
  ),
  allow: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 8192 }), {
      maxItems: 256,
      description: 'contacts, everyone, ask, names of contacts, node ids',
    }),
  ),
})

export const ResourceId = Type.Object({ id: Type.String({ minLength: 1, maxLength: 32 }) })

/** A caller that waits for a person. */
export const Waiting = Type.Object({
  id: Type.String(),
  peer: Type.String(),
  service: Type.String({ description: 'the service that it asks for; empty for the raw pipe' }),
  at: Type.String({ format: 'date-time' }),
})

export const Decision = Type.Object({
  remember: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'a name for the peer' })),
})

export const CallReport = Type.Object({
  id: Type.Integer(),
  at: Type.String({ format: 'date-time' }),
  peer: Type.String(),
  report: Type.Array(ReportLine),
})

export const Event = Type.Object({
  id: Type.Integer(),
  at: Type.String({ format: 'date-time' }),
  type: Type.String(),
})

/** A list as an object, so that fields can be added to it. */
export const listOf = <T extends ReturnType<typeof Type.Object>>(item: T) =>
  Type.Object({ items: Type.Array(item) })

/** The answers of a route: its success, and any problem. */
export const answers = (status: number, schema: object) => ({
  [status]: schema,
  '4xx': Problem,
  '5xx': Problem,
})
