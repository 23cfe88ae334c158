import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { DaemonContext } from '../daemon-context.ts'
import { answers, Listener, ListenerRequest } from '../v1/schemas.ts'
import { RAW } from './takers.ts'

/** The client that takes the raw pipes of callers. */
export function addListenerRoutes(app: FastifyInstance, { takers }: DaemonContext): void {
  const describe = () => {
    const client = takers.of(RAW)
    return { ...(client !== undefined && { client }) }
  }
  const get = {
    schema: {
      summary: 'The client that takes raw pipes; without one they get the echo protocol',
      response: answers(200, Listener),
    },
  }
  app.get('/v1/listener', get, describe)
  const put = {
    schema: {
      summary: 'Gives raw pipes to a client, until its connection ends',
      body: ListenerRequest,
      response: answers(200, Listener),
    },
  }
  app.put<{ Body: Static<typeof ListenerRequest> }>('/v1/listener', put, (request) => {
    takers.give(RAW, request.body.client)
    return describe()
  })
  const remove = {
    schema: { summary: 'Gives raw pipes back to the daemon', response: answers(204, Type.Null()) },
  }
  app.delete('/v1/listener', remove, (_, reply) => {
    takers.release(RAW)
    return reply.code(204).send()
  })
}
