import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { DaemonContext } from '../daemon-context.ts'
import { answers, listOf, PipeName } from '../v1/schemas.ts'
import type { HeldStream } from './held-streams.ts'
import { Stream, StreamName, StreamRequest } from './stream-schemas.ts'

type Name = { Params: Static<typeof PipeName> }
type Id = { Params: Static<typeof StreamName> }

/** Streams beside a pipe. A WebSocket or an `Upgrade: p2pd` at the path of one joins it. */
export function addStreamRoutes(app: FastifyInstance, { pipes }: DaemonContext): void {
  const list = {
    schema: {
      summary: 'The streams beside a pipe',
      params: PipeName,
      response: answers(200, listOf(Stream)),
    },
  }
  app.get<Name>('/v1/pipes/:name/streams', list, (request) => ({
    items: pipes.get(request.params.name).streams.list().map(describe),
  }))
  const post = {
    schema: {
      summary: 'Opens a stream beside a pipe',
      params: PipeName,
      body: StreamRequest,
      response: answers(201, Stream),
    },
  }
  app.post<Name & { Body: Static<typeof StreamRequest> }>(
    '/v1/pipes/:name/streams',
    post,
    (request, reply) => {
      const { streams } = pipes.get(request.params.name)
      return reply.code(201).send(describe(streams.open(request.body.service)))
    },
  )
  const get = { schema: { summary: 'One stream', params: StreamName, response: answers(200, Stream) } }
  app.get<Id>('/v1/pipes/:name/streams/:id', get, ({ params }) =>
    describe(pipes.get(params.name).streams.get(params.id)),
  )
  const remove = {
    schema: { summary: 'Resets a stream', params: StreamName, response: answers(204, Type.Null()) },
  }
  app.delete<Id>('/v1/pipes/:name/streams/:id', remove, ({ params }, reply) => {
    pipes.get(params.name).streams.get(params.id).close()
    return reply.code(204).send()
  })
}

function describe({ id, direction, service, isJoined }: HeldStream): Static<typeof Stream> {
  return { id, direction, service, joined: isJoined }
}
