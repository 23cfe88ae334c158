import type { FastifyInstance } from 'fastify'
import { STATUS_CODES } from 'node:http'
import type { DaemonContext } from '../daemon-context.ts'
import { type Refusal, refusalOf } from './guard.ts'
import { requestOrigin } from './request-origin.ts'

/** Paths that say nothing about the node: a supervisor asks them, and the page has to be there to ask for the token. */
const OPEN_PATHS = new Set(['/healthz', '/readyz', '/', '/page.js', '/page.css', '/favicon.svg'])

/** A refusal as a problem. RFC 9457 §3. */
export function problemOfRefusal({ status, reason }: Refusal): object {
  const title = STATUS_CODES[status]
  return { type: 'about:blank', title, status, detail: reason, code: 'DAEMON_REFUSED' }
}

/** Puts the guard before every route. */
export function guardRequests(
  app: FastifyInstance,
  { guard: rules, log, trusts }: Pick<DaemonContext, 'guard' | 'log' | 'trusts'>,
): void {
  // A promise for each request would cost more than the guard itself.
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
    reply.header('cross-origin-resource-policy', 'same-origin')
    if (trusts(request.raw.socket)) return done()
    const path = (request.raw.url ?? '').replace(/\?.*$/s, '')
    const needsToken = rules.needsToken && !OPEN_PATHS.has(path)
    const refusal = refusalOf(requestOrigin(request.headers), {
      ...rules,
      needsToken,
      isToken: (token) => rules.isToken(token),
    })
    if (refusal === undefined) return done()
    log('refused', { method: request.method, path, ...refusal })
    if (refusal.status === 401) reply.header('www-authenticate', 'Bearer realm="p2pd"')
    // The schemas of the route's own answers do not apply.
    reply.code(refusal.status).serializer(JSON.stringify)
    if (path.startsWith('/v1/')) reply.type('application/problem+json').send(problemOfRefusal(refusal))
    else reply.send({ error: 1, msg: refusal.reason })
  })
}
