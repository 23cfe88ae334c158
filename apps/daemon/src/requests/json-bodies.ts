import type {
  FastifyInstance,
  FastifyRequest,
  onRequestHookHandler,
  preParsingHookHandler,
  preValidationHookHandler,
} from 'fastify'
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
  // Routes without a body of JSON pay nothing.
  app.addHook('onRoute', (route) => {
    const schema = route.schema?.body as BodySchema | undefined
    if (schema !== undefined)
      Object.assign(route, {
        onRequest: checkType,
        preParsing: limitTime(bodyMs),
        preValidation: checkValues(schema),
      })
  })
}

const checkType: onRequestHookHandler = (request, _, done) => {
  const type = request.headers['content-type']
  done(type === undefined || /^application\/json\b/i.test(type) ? undefined : fault(415, 'not JSON'))
}

const limitTime =
  (bodyMs: number): preParsingHookHandler =>
  (request, reply, payload, done) => {
    // A request without a body has none to wait for.
    if (!hasBody(request)) return done(null, payload)
    const timer = setTimeout(() => {
      reply.header('connection', 'close')
      reply.send(fault(408, `the body did not arrive within ${bodyMs / 1000} seconds`))
    }, bodyMs)
    const stop = () => clearTimeout(timer)
    request.raw.once('end', stop)
    reply.raw.once('close', stop)
    done(null, payload)
  }

const checkValues =
  (schema: BodySchema): preValidationHookHandler =>
  (request, _, done) => {
    if (request.body === undefined) request.body = {}
    const found = typeFault(schema, request.body)
    done(found === undefined ? undefined : new DaemonError('DAEMON_BAD_REQUEST', found))
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
