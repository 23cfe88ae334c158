import { systemReason } from '@p2pd/netif'
import type { FastifyInstance } from 'fastify'
import { access } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import type { Readable } from 'node:stream'
import { type Static, Type } from 'typebox'
import type { DaemonContext } from '../daemon-context.ts'
import { DaemonError } from '../daemon-error.ts'
import { ownerOnly } from '../guard/owner-only.ts'
import { abortedWith } from '../request-signal.ts'
import { BYTES } from '../requests/json-bodies.ts'
import { answers, listOf, ResourceId } from '../v1/schemas.ts'
import { Acceptance, Transfer, TransferRequest, UploadQuery } from './transfer-schemas.ts'
import type { Transfers } from './transfers.ts'

type Id = { Params: Static<typeof ResourceId> }

/** Files to peers and from them. */
export function addTransferRoutes(app: FastifyInstance, context: DaemonContext, transfers: Transfers): void {
  const list = {
    schema: { summary: 'The transfers, newest first', response: answers(200, listOf(Transfer)) },
  }
  app.get('/v1/transfers', list, () => ({ items: transfers.list() }))
  const get = { schema: { summary: 'One transfer', params: ResourceId, response: answers(200, Transfer) } }
  app.get<Id>('/v1/transfers/:id', get, (request) => transfers.get(request.params.id))
  const remove = {
    schema: {
      summary: 'Cancels a transfer, or forgets one that has ended',
      params: ResourceId,
      response: answers(204, Type.Null()),
    },
  }
  app.delete<Id>('/v1/transfers/:id', remove, (request, reply) => {
    transfers.remove(request.params.id)
    return reply.code(204).send()
  })
  addSendingRoutes(app, context, transfers)
  addDecisionRoutes(app, context, transfers)
}

function addSendingRoutes(app: FastifyInstance, context: DaemonContext, transfers: Transfers): void {
  const post = {
    schema: {
      summary: 'Begins to send files of this host (over the Unix socket alone)',
      body: TransferRequest,
      response: answers(201, Transfer),
    },
  }
  app.post<{ Body: Static<typeof TransferRequest> }>('/v1/transfers', post, async (request, reply) => {
    ownerOnly(request, context, 'files')
    for (const file of request.body.files) await checkFile(file)
    return reply.code(201).send(transfers.sendFiles(request.body))
  })
  const upload = {
    schema: {
      summary: 'Sends the body as one file; answers when the receiver has it',
      consumes: [BYTES],
      querystring: UploadQuery,
      response: answers(200, Transfer),
    },
  }
  app.addContentTypeParser(BYTES, (_request, payload, done) => done(null, payload))
  app.post<{ Querystring: Static<typeof UploadQuery> }>('/v1/transfers/upload', upload, (request, reply) => {
    const { target, name } = request.query
    const body = request.body as Readable | undefined
    if (body === undefined || typeof body.pipe !== 'function')
      throw Object.assign(new DaemonError('DAEMON_BAD_REQUEST', 'not bytes'), { statusCode: 415 })
    return transfers.sendStream(target, { name, bytes: body }, abortedWith(reply.raw))
  })
}

function addDecisionRoutes(app: FastifyInstance, context: DaemonContext, transfers: Transfers): void {
  const accept = {
    schema: {
      summary: 'Accepts an offer',
      params: ResourceId,
      body: Acceptance,
      response: answers(200, Transfer),
    },
  }
  app.post<Id & { Body: Static<typeof Acceptance> }>('/v1/transfers/:id/accept', accept, (request) => {
    const { folder = context.downloads(), conflict = 'rename' } = request.body
    if (request.body.folder !== undefined) ownerOnly(request, context, 'a folder')
    if (!isAbsolute(folder)) throw relative(folder)
    return transfers.decide(request.params.id, { folder, conflict })
  })
  const refuse = {
    schema: { summary: 'Refuses an offer', params: ResourceId, response: answers(200, Transfer) },
  }
  app.post<Id>('/v1/transfers/:id/refuse', refuse, (request) =>
    transfers.decide(request.params.id, undefined),
  )
}

/** A mistyped name is reported before anybody is called. */
async function checkFile(file: string): Promise<void> {
  if (!isAbsolute(file)) throw relative(file)
  await access(file).catch((cause: Error) => {
    throw new DaemonError('DAEMON_BAD_REQUEST', `${file} can't be read: ${systemReason(cause)}`, { cause })
  })
}

function relative(path: string): DaemonError {
  return new DaemonError('DAEMON_BAD_REQUEST', `${path} is not an absolute path`)
}
