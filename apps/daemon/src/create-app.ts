import fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { createServer, type Server } from 'node:http'
import type { Activities } from './activities.ts'
import type { DaemonContext } from './daemon-context.ts'
import { guardRequests } from './guard/guard-requests.ts'
import { addPageRoutes } from './page/page-routes.ts'
import { addP2pdRoutes } from './p2pd-routes/p2pd-routes.ts'
import { addMonitoringRoutes } from './monitoring/monitoring-routes.ts'
import { KnownPaths } from './requests/known-paths.ts'
import { refuseMalformed, refuseUnknown, refuseUnreadable } from './requests/refuse-unknown.ts'
import { addV1Routes } from './v1/v1-routes.ts'
import type { WatchedNode } from './v1/watched-node.ts'

/** Longer than an address can be, and than what Node takes as headers. */
const MAX_PARAM_CHARACTERS = 16_384
const HEADERS_TIMEOUT_MS = 15_000
const KEEP_ALIVE_MS = 5_000
/** JSON bodies; binary ones are streamed and have no limit. */
const MAX_BODY_BYTES = 1024 * 1024

/** Builds the HTTP application: the guard, then the routes. */
export async function createApp(
  context: DaemonContext,
  parts: { readonly watched: WatchedNode; readonly activities: Activities },
): Promise<FastifyInstance> {
  const app = fastify({
    serverFactory: (handler) => httpServer(handler),
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: MAX_PARAM_CHARACTERS },
    clientErrorHandler: refuseUnreadable,
    frameworkErrors: (error, request, reply) =>
      void refuseMalformed(error, request.raw.url ?? '', reply as FastifyReply),
  })
  guardRequests(app, context)
  const paths = new KnownPaths()
  refuseUnknown(app, paths)
  await app.register(async (scope) => addP2pdRoutes(scope, context))
  paths.watch(app)
  await app.register(async (scope) => addV1Routes(scope, context, parts))
  await app.register(async (scope) => addMonitoringRoutes(scope, context))
  await app.register(async (scope) => addPageRoutes(scope, context.page))
  await app.ready()
  return app
}

/** A tunnel of P2PD's clients has no Host header, and an upload takes as long as its pipe does. */
function httpServer(handler: Parameters<typeof createServer>[1] & object): Server {
  const options = {
    requireHostHeader: false,
    headersTimeout: HEADERS_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: 0,
  }
  return createServer(options, handler)
}
