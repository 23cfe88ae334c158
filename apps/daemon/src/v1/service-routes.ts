import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { DaemonContext } from '../daemon-context.ts'
import { DaemonError } from '../daemon-error.ts'
import { answers, listOf, PipeName, Service } from './schemas.ts'

/** More than a program has services. */
const MAX_SERVICES = 256

/** The services that clients offer: a caller that is admitted becomes a pipe `in-1`, `in-2`, as a raw one does. */
export function addServiceRoutes(app: FastifyInstance, { node, pipes }: DaemonContext): void {
  const offered = new Map<string, () => void>()
  const list = {
    schema: { summary: 'The services that clients offer', response: answers(200, listOf(Service)) },
  }
  app.get('/v1/services', list, () => ({ items: [...offered.keys()].map((name) => ({ name })) }))
  const put = {
    schema: {
      summary: 'Offers a service; the same request again changes nothing',
      params: PipeName,
      response: { ...answers(201, Service), 200: Service },
    },
  }
  app.put<{ Params: Static<typeof PipeName> }>('/v1/services/:name', put, (request, reply) => {
    const { name } = request.params
    if (offered.has(name)) return { name }
    if (offered.size >= MAX_SERVICES)
      throw new DaemonError('DAEMON_BUSY', `${MAX_SERVICES} services are offered`)
    offered.set(
      name,
      node.serve(name, (pipe) => void pipes.accept(pipe)),
    )
    return reply.code(201).send({ name })
  })
  const remove = {
    schema: { summary: 'Withdraws a service', params: PipeName, response: answers(204, Type.Null()) },
  }
  app.delete<{ Params: Static<typeof PipeName> }>('/v1/services/:name', remove, (request, reply) => {
    const { name } = request.params
    const withdraw = offered.get(name)
    if (withdraw === undefined) throw new DaemonError('DAEMON_NO_SERVICE', `no service is called "${name}"`)
    withdraw()
    offered.delete(name)
    return reply.code(204).send()
  })
}
