import type { FastifyInstance, FastifyRequest } from 'fastify'
import { DaemonError } from '../daemon-error.ts'
import { type BodySchema, typeFault } from './json-types.ts'

/** The longest that the body of a resource takes: 1 MB over the slowest line that is of use. */
const BODY_MS = 30_000

/** The type of the bodies of uploads, which are streamed. RFC 2046 §4.5.1. */
export const BYTES = 'application/octet-stream'

/**
 * Checks that the bodies of resources are JSON, have the types of their schemas, and arrive in time. A body of which nothing
 * is required may be left out.
 */
export function checkBodies(app: FastifyInstance, bodyMs = BODY_MS): void {
  // Its parser would make a string of it, and the schema would complain of that.
  app.removeContentTypeParser('text/plain')
  app.addHook('onRequest', async (request) => {
    const type = request.headers['content-type']
    if (schemaOf(request) !== undefined && type !== undefined && !/^application\/json\b/i.test(type))
      throw fault(415, 'not JSON')
  })
  app.addHook('preParsing', async (request, reply) => {
    if (schemaOf(request) === undefined || !hasBody(request)) return
    const timer = setTimeout(() => {
      reply.header('connection', 'close')
      reply.send(fault(408, `the body did not arrive within ${bodyMs / 1000} seconds`))
    }, bodyMs)
    const stop = () => clearTimeout(timer)
    request.raw.once('end', stop)
    reply.raw.once('close', stop)
  })
  app.addHook('preValidation', async (request) => {
    const schema = schemaOf(request)
    if (schema === undefined) return
    if (request.body === undefined) request.body = {}
    const found = typeFault(schema, request.body)
    if (found !== undefined) throw new DaemonError('DAEMON_BAD_REQUEST', found)
  })
}

/** Says what the body of a request should have been, for one that has another type. */
export function wantedOf(request: FastifyRequest): string {
  if (schemaOf(request) !== undefined)
    return 'the body must be JSON: send it with the header "content-type: application/json"'
  return isUpload(request)
    ? `the body must be the bytes of the file: send them with the header "content-type: ${BYTES}"`
    : `${request.method} takes no body here: send the request without one`
}

/** A route of uploads names the type in its schema. */
function isUpload({ routeOptions }: FastifyRequest): boolean {
  return (routeOptions.schema as { consumes?: unknown } | undefined)?.consumes !== undefined
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function schemaOf({ routeOptions }: FastifyRequest): BodySchema | undefined {
  return routeOptions.schema?.body as BodySchema | undefined
}

function fault(statusCode: number, message: string): Error {
  return Object.assign(new DaemonError('DAEMON_BAD_REQUEST', message), { statusCode })
}
