import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { createHash } from 'node:crypto'
import { DaemonError } from '../daemon-error.ts'
import { type KeyedRequest, RememberedAnswers } from './remembered-answers.ts'

/** Longer than any identifier that a client makes. */
const MAX_KEY_CHARACTERS = 256

/**
 * Answers a repeated POST with the same `Idempotency-Key` as the first one, and does nothing again. A failure is not an
 * answer: its repetition is carried out. draft-ietf-httpapi-idempotency-key-header.
 */
export function repeatRequests(app: FastifyInstance): void {
  const remembered = new RememberedAnswers()
  const begun = new WeakMap<FastifyRequest, KeyedRequest>()
  app.addHook('preHandler', async (request, reply) => {
    const key = keyOf(request)
    if (key === undefined) return
    const fingerprint = fingerprintOf(request)
    for (;;) {
      const known = remembered.find(key)
      if (known === undefined) break
      if (known.fingerprint !== fingerprint)
        throw new DaemonError('DAEMON_KEY_REUSED', 'the Idempotency-Key belongs to another request')
      const answer = await known.answer
      if (answer !== undefined) return repeat(reply, answer)
    }
    begun.set(request, remembered.begin(key, fingerprint))
  })
  app.addHook('onSend', async (request, reply, body) => {
    const isSuccess = reply.statusCode < 400
    const type = reply.getHeader('content-type') as string | undefined
    begun.get(request)?.settle(isSuccess ? { status: reply.statusCode, type, body } : undefined)
    return body
  })
}

function repeat(
  reply: FastifyReply,
  { status, type, body }: { status: number; type: string | undefined; body: unknown },
) {
  reply.code(status).serializer((payload: unknown) => payload as string)
  if (type !== undefined) reply.header('content-type', type)
  return reply.send(body)
}

/** Keys of different routes are different keys. */
function keyOf({ method, url, headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key']
  if (method !== 'POST' || typeof key !== 'string' || key === '') return undefined
  if (key.length > MAX_KEY_CHARACTERS)
    throw new DaemonError(
      'DAEMON_BAD_REQUEST',
      `an Idempotency-Key has at most ${MAX_KEY_CHARACTERS} characters`,
    )
  return `${url} ${key}`
}

/** The body of an upload is a stream, which is not read a second time. */
function fingerprintOf({ body, headers }: FastifyRequest): string {
  const isJson = /^application\/json/i.test(headers['content-type'] ?? '')
  return createHash('sha256')
    .update(isJson ? JSON.stringify(body ?? null) : '')
    .digest('base64')
}
