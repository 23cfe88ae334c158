import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { DaemonContext } from '../daemon-context.ts'
import { failureOf } from './answer.ts'
import { addConnectionRoutes } from './connection-routes.ts'
import { addMessageRoutes } from './message-routes.ts'

/** The REST API of P2PD: its paths, its JSON fields, its error numbers. */
export function addP2pdRoutes(app: FastifyInstance, context: DaemonContext): void {
  app.setErrorHandler((error, _request: FastifyRequest, reply: FastifyReply) => {
    const { statusCode } = error as { statusCode?: number }
    const { status, body } = failureOf(error)
    return reply.code(status === 500 && statusCode !== undefined ? statusCode : status).send(body)
  })
  // Any content type: `curl -d` names a form's.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  addConnectionRoutes(app, context)
  addMessageRoutes(app, context)
}
