import { Type } from 'typebox'
import { Strategy } from '../v1/schemas.ts'

/** A local end and the service of a peer that it leads to. */
export const Forward = Type.Object({
  id: Type.String(),
  local: Type.String({ description: 'address:port, udp:address:port or unix:PATH' }),
  target: Type.String(),
  service: Type.String(),
  state: Type.String({ description: 'connected, or away: connections are refused until the peer is back' }),
  peer: Type.Optional(Type.String()),
  strategy: Type.Optional(Strategy),
  reason: Type.Optional(Type.String({ description: 'why the peer is away' })),
  connections: Type.Integer({ description: 'connections so far' }),
  startedAt: Type.String({ format: 'date-time' }),
})

export const ForwardRequest = Type.Object({
  local: Type.String({
    minLength: 1,
    maxLength: 4096,
    description: 'a port, address:port, udp:port, or unix:PATH (over the Unix socket alone); port 0: any',
  }),
  target: Type.String({ minLength: 1, maxLength: 8192 }),
  service: Type.String({
    minLength: 1,
    maxLength: 255,
    description: 'a port or a name that the peer serves',
  }),
  timeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 300_000, description: 'of the first call' })),
})

export const forwardSchemas = { Forward, ForwardRequest }
