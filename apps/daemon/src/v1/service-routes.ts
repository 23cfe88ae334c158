import type { PeerPipe } from '@p2pd/node'
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
  /** Has it no longer end with its client. */
  readonly leave?: () => void
  /** The service as it was before a client took it. */
  readonly before?: Offered | undefined
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
  const end = (name: string) => {
    const { withdraw, leave, before } = offered.get(name) ?? own
    leave?.()
    withdraw()
    context.takers.release(name)
    context.admission?.allow(name, before?.allow)
    if (name === FILES_SERVICE) offered.set(name, before ?? own)
    else offered.delete(name)
  }
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
    const { allow, client } = request.body
    const to = endpointOf(request.body.to)
    if (to?.startsWith('unix:')) ownerOnly(request, context, 'a Unix socket')
    const known = offered.get(name)
    if (known !== undefined && known.to !== to)
      throw new DaemonError('DAEMON_NAME_TAKEN', `the service "${name}" leads elsewhere: withdraw it first`)
    if (offered.size >= MAX_SERVICES)
      throw new DaemonError('DAEMON_BUSY', `${MAX_SERVICES} services are offered`)
    const isTaken = client !== undefined && name === FILES_SERVICE
    if (isTaken) context.takers.give(name, client)
    else checkClient(context, client, known)
    admitTo(context, name, allow)
    const withdraw = known?.withdraw ?? offer(context, name, { to, client })
    const leave = known?.leave ?? (client && context.clients.own(client, () => end(name)))
    const before = known?.client === undefined ? known : known.before
    const service = definedOf({ name, to, allow, client })
    offered.set(name, { ...service, withdraw, ...(leave && { leave }), before })
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
    if (!offered.has(name)) throw new DaemonError('DAEMON_NO_SERVICE', `no service is called "${name}"`)
    end(name)
    return reply.code(204).send()
  })
}

/** The same endpoint is always written in the same way. */
function endpointOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : formatEndpoint(parseEndpoint(text))
}

/** A client changes its own services alone. Throws `DAEMON_NAME_TAKEN`, `DAEMON_NO_CLIENT`. */
function checkClient(
  { clients }: DaemonContext,
  client: string | undefined,
  known: Offered | undefined,
): void {
  if (known !== undefined && known.client !== client)
    throw new DaemonError('DAEMON_NAME_TAKEN', `the service "${known.name}" is of another client`)
  if (client !== undefined) clients.check(client)
}

/** Offers a service. The pipes of one that ends with a client end with it, too. */
function offer(
  { node, pipes, clients, log }: DaemonContext,
  name: string,
  { to, client }: { readonly to: string | undefined; readonly client: string | undefined },
): () => void {
  if (to === undefined) return node.serve(name, (pipe) => void pipes.accept(pipe, client))
  const used = new Set<PeerPipe>()
  const withdraw = serveEndpoints(node, [{ name, endpoint: parseEndpoint(to) }], {
    onPeer: (pipe) => {
      if (client === undefined) return
      used.add(pipe)
      pipe.onClose(() => used.delete(pipe))
      const { peer, connection } = pipe
      clients.tell(client, { type: 'peer', peer, service: name, strategy: connection.strategy })
    },
    onUnreached: (_, reason) => {
      log('unreached', { service: name, to, reason })
      clients.tell(client, { type: 'unreached', service: name, to, reason })
    },
  })
  return () => {
    withdraw()
    for (const pipe of used) void pipe.close().catch(() => {}) // Its peer has gone.
  }
}

function admitTo({ admission }: DaemonContext, name: string, allow: readonly string[] | undefined): void {
  if (admission !== undefined) return admission.allow(name, allow)
  if (allow === undefined) return
  throw new DaemonError(
    'DAEMON_BAD_REQUEST',
    'the program of this daemon decides by itself who may use a service',
  )
}

/** Fields without a value are left out. */
function definedOf({ name, ...fields }: { readonly [Key in keyof Static<typeof Service>]?: unknown }) {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  return { name, ...Object.fromEntries(given) } as Static<typeof Service>
}
