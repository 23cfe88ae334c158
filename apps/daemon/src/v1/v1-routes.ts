import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Activities } from '../activities.ts'
import type { DaemonContext } from '../daemon-context.ts'
import { addListenerRoutes } from '../clients/listener-routes.ts'
import { addForwardRoutes } from '../forwards/forward-routes.ts'
import { addPairingRoutes } from '../pairings/pairing-routes.ts'
import { addTransferRoutes } from '../transfers/transfer-routes.ts'
import { addStreamRoutes } from '../streams/stream-routes.ts'
import { addContactRoutes } from './contact-routes.ts'
import { addEventRoutes } from './event-routes.ts'
import { checkBodies, wantedOf } from '../requests/json-bodies.ts'
import { addNodeRoutes } from './node-routes.ts'
import { type DocumentedRoute, openApi } from './open-api.ts'
import { addPipeRoutes } from './pipe-routes.ts'
import { problemOf, sendProblem } from './problem.ts'
import { repeatRequests } from './repeat-requests.ts'
import { addServiceRoutes } from './service-routes.ts'
import { addWaitingRoutes } from './waiting-routes.ts'
import type { WatchedNode } from './watched-node.ts'

/** The API of today: JSON resources under `/v1`, described by an OpenAPI document that is made from their schemas. */
export function addV1Routes(
  app: FastifyInstance,
  context: DaemonContext,
  { watched, activities }: { readonly watched: WatchedNode; readonly activities: Activities },
): void {
  const routes: DocumentedRoute[] = []
  app.addHook('onRoute', (route) => void routes.push(route))
  app.setErrorHandler((error, request: FastifyRequest, reply: FastifyReply) => {
    const problem = problemOf(error)
    if (problem.status === 500) context.log('failed', { reason: (error as Error).stack })
    // The framework says only that it does not know the type.
    return sendProblem(reply, problem.status === 415 ? { ...problem, detail: wantedOf(request) } : problem)
  })
  checkBodies(app)
  repeatRequests(app)
  addNodeRoutes(app, context, watched)
  addPipeRoutes(app, context)
  addStreamRoutes(app, context)
  addContactRoutes(app, context.contactsFile)
  addListenerRoutes(app, context)
  addServiceRoutes(app, context)
  addWaitingRoutes(app, context, watched.waiting)
  addForwardRoutes(app, context, activities.forwards)
  addPairingRoutes(app, activities.pairings)
  addTransferRoutes(app, context, activities.transfers)
  addEventRoutes(app, watched.events)
  const document = () =>
    openApi(
      routes.filter(({ url }) => !url.endsWith('openapi.json')),
      context.version,
    )
  app.get('/v1/openapi.json', document)
}
