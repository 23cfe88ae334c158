import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Duplex } from 'node:stream'
import { DaemonError } from '../daemon-error.ts'
import { answerOnSocket } from '../tunnel/socket-answer.ts'
import { problemOf, sendProblem } from '../v1/problem.ts'
import type { KnownPaths } from './known-paths.ts'

/**
 * Answers requests that no route takes before their body is read, so that its type does not matter. A known path with
 * another method gets 405 and `Allow`. P2PD answers 404 to anything that it does not know, whatever the method. RFC 9110 §15.5.6.
 */
export function refuseUnknown(app: FastifyInstance, paths: KnownPaths): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (request.is404) refuse(request, reply, paths)
    else done()
  })
}

/** Answers bytes that are not HTTP, or too many headers. The path is unknown, so the answer has the fields of both APIs. */
export function refuseUnreadable(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const [statusCode, msg] = UNREADABLE[error.code ?? ''] ?? [400, 'the request is not HTTP']
  const fault = Object.assign(new DaemonError('DAEMON_BAD_REQUEST', msg), { statusCode })
  answerOnSocket(socket, { status: statusCode, problem: { ...problemOf(fault), error: 1, msg } })
}

/** The faults that the parser tells apart, by its codes. RFC 6585 §5, RFC 9110 §15.5.9. */
const UNREADABLE: Readonly<Record<string, readonly [number, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'the headers have more than 16 kB'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the headers did not arrive in time'],
}

/** Answers a path that is not even a path, such as one with `%zz`. */
export function refuseMalformed(error: Error, url: string, reply: FastifyReply): FastifyReply {
  if (!isOfV1(pathOf(url))) return reply.code(400).send({ error: 1, msg: error.message })
  return sendProblem(reply, problemOf(error))
}

function refuse(request: FastifyRequest, reply: FastifyReply, paths: KnownPaths): FastifyReply {
  const path = pathOf(request.raw.url)
  const allowed = paths.methodsOf(path)
  const msg = `there is no ${request.method} ${path}`
  if (allowed.length > 0) {
    reply.header('allow', allowed.join(', '))
    return sendRefusal(reply, 405, `${msg}: the path takes ${allowed.join(', ')}`)
  }
  if (isOfV1(path)) return sendRefusal(reply, 404, msg)
  return reply.code(404).send({ error: 1, msg })
}

function sendRefusal(reply: FastifyReply, statusCode: number, msg: string): FastifyReply {
  return sendProblem(
    reply,
    problemOf(Object.assign(new DaemonError('DAEMON_BAD_REQUEST', msg), { statusCode })),
  )
}

function isOfV1(path: string): boolean {
  return /^\/v1(\/|$)/.test(path)
}

function pathOf(url = ''): string {
  return url.replace(/\?.*$/s, '').slice(0, 200)
}
