import { parseEndpoint } from '@p2pd/node/node'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { DaemonContext } from '../daemon-context.ts'
import { ownerOnly } from '../guard/owner-only.ts'
import { abortedWith } from '../request-signal.ts'
import { answers, listOf, ResourceId } from '../v1/schemas.ts'
import { Forward, ForwardRequest } from './forward-schemas.ts'
import type { Forwards } from './forwards.ts'

type Id = { Params: Static<typeof ResourceId> }

/** Local ports that lead to services of peers. */
export function addForwardRoutes(app: FastifyInstance, context: DaemonContext, forwards: Forwards): void {
  const list = { schema: { summary: 'All forwards', response: answers(200, listOf(Forward)) } }
  app.get('/v1/forwards', list, () => ({ items: forwards.list() }))
  const post = {
    schema: {
      summary: 'Calls a peer and forwards a local port or socket to a service of it',
      body: ForwardRequest,
      response: answers(201, Forward),
    },
  }
  app.post<{ Body: Static<typeof ForwardRequest> }>('/v1/forwards', post, async (request, reply) => {
    const { local: text, target, service, timeoutMs } = request.body
    const local = parseEndpoint(text)
    if (local.type === 'unix') ownerOnly(request, context, 'a Unix socket')
    const signal = abortedWith(reply.raw)
    return reply.code(201).send(await forwards.open({ local, target, service, timeoutMs, signal }))
  })
  const get = { schema: { summary: 'One forward', params: ResourceId, response: answers(200, Forward) } }
  app.get<Id>('/v1/forwards/:id', get, (request) => forwards.get(request.params.id))
  const remove = {
    schema: { summary: 'Ends a forward', params: ResourceId, response: answers(204, Type.Null()) },
  }
  app.delete<Id>('/v1/forwards/:id', remove, async (request, reply) => {
    await forwards.close(request.params.id)
    return reply.code(204).send()
  })
}
