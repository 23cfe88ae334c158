import { formatEndpoint, parseEndpoint, serveEndpoints } from '@p2pd/node/node'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { DaemonContext } from '../daemon-context.ts'
import { DaemonError } from '../daemon-error.ts'
import { ownerOnly } from '../guard/owner-only.ts'
import { FILES_SERVICE } from '../transfers/outgoing.ts'
import { answers, listOf, PipeName, Service, ServiceRequest } from './schemas.ts'

/** More than a program has services. */
const MAX_SERVICES = 256

interface Offered extends Static<typeof Service> {
  readonly withdraw: () => void
}

type Put = { Params: Static<typeof PipeName>; Body: Static<typeof ServiceRequest> }

/**
 * The services that clients offer. Connections of a service with an endpoint go there. Without an endpoint an admitted
 * caller becomes a pipe `in-1`, `in-2`, as a raw one does.
 */
export function addServiceRoutes(app: FastifyInstance, context: DaemonContext): void {
  // The daemon itself receives files.
  const own: Offered = { name: FILES_SERVICE, withdraw: () => {} }
  const offered = new Map<string, Offered>([[FILES_SERVICE, own]])
  const list = {
    schema: { summary: 'The services of the node', response: answers(200, listOf(Service)) },
  }
  app.get('/v1/services', list, () => ({ items: [...offered.values()] }))
  const put = {
    schema: {
      summary: 'Offers a service; the same request again changes nothing',
      params: PipeName,
      body: ServiceRequest,
      response: { ...answers(201, Service), 200: Service },
    },
  }
  app.put<Put>('/v1/services/:name', put, (request, reply) => {
    const { name } = request.params
    const { allow } = request.body
    const to = endpointOf(request.body.to)
    if (to?.startsWith('unix:')) ownerOnly(request, context, 'a Unix socket')
    const known = offered.get(name)
    if (known !== undefined && known.to !== to)
      throw new DaemonError('DAEMON_NAME_TAKEN', `the service "${name}" leads elsewhere: withdraw it first`)
    if (offered.size >= MAX_SERVICES)
      throw new DaemonError('DAEMON_BUSY', `${MAX_SERVICES} services are offered`)
    admitTo(context, name, allow)
    const withdraw = known?.withdraw ?? offer(context, name, to)
    const service = { name, ...(to !== undefined && { to }), ...(allow && { allow }) }
    offered.set(name, { ...service, withdraw })
    return reply.code(known === undefined ? 201 : 200).send(service)
  })
  const remove = {
    schema: {
      summary: 'Withdraws a service; files, which the daemon receives itself, only loses its own list',
      params: PipeName,
      response: answers(204, Type.Null()),
    },
  }
  app.delete<{ Params: Static<typeof PipeName> }>('/v1/services/:name', remove, (request, reply) => {
    const { name } = request.params
    const service = offered.get(name)
    if (service === undefined) throw new DaemonError('DAEMON_NO_SERVICE', `no service is called "${name}"`)
    service.withdraw()
    context.admission?.allow(name, undefined)
    if (name === FILES_SERVICE) offered.set(name, own)
    else offered.delete(name)
    return reply.code(204).send()
  })
}

/** The same endpoint is always written in the same way. */
function endpointOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : formatEndpoint(parseEndpoint(text))
}

function offer({ node, pipes, log }: DaemonContext, name: string, to: string | undefined): () => void {
  if (to === undefined) return node.serve(name, (pipe) => void pipes.accept(pipe))
  return serveEndpoints(node, [{ name, endpoint: parseEndpoint(to) }], {
    onUnreached: (_, reason) => log('unreached', { service: name, to, reason }),
  })
}

function admitTo({ admission }: DaemonContext, name: string, allow: readonly string[] | undefined): void {
  if (admission !== undefined) return admission.allow(name, allow)
  if (allow === undefined) return
  throw new DaemonError(
    'DAEMON_BAD_REQUEST',
    'the program of this daemon decides by itself who may use a service',
  )
}
