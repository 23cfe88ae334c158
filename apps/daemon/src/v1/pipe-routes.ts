import { formatTransportAddress } from '@p2pd/netif'
import type { CallOptions } from '@p2pd/node'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import type { DaemonContext } from '../daemon-context.ts'
import { DaemonError } from '../daemon-error.ts'
import { ALL, type HeldPipe } from '../pipes/held-pipe.ts'
import { compilePattern } from '../pipes/pattern.ts'
import { abortedWith } from '../request-signal.ts'
import { describePipe } from './describe-pipe.ts'
import { PipeTexts } from './pipe-texts.ts'
import {
  answers,
  listOf,
  Message,
  MessageQuery,
  MessageRequest,
  Pipe,
  PipeName,
  PipeRequest,
  Sent,
} from './schemas.ts'

/** One object: Fastify keeps its serializer by it. */
const pipeSchema: Record<string, unknown> = { ...Pipe }

type Name = { Params: Static<typeof PipeName> }

/** The pipes, and the messages on them. */
export function addPipeRoutes(app: FastifyInstance, { node, pipes }: DaemonContext): void {
  /** The target of each pipe, so that the same PUT again gives the same pipe. */
  const targets = new WeakMap<object, string>()
  const texts = new PipeTexts()
  app.get(
    '/v1/pipes',
    { schema: { summary: 'All open pipes', response: answers(200, listOf(Pipe)) } },
    (_, reply) => {
      const serialize = (held: HeldPipe) => String(reply.serializeInput(describePipe(held), pipeSchema))
      return reply.type('application/json; charset=utf-8').send(texts.list(pipes.list(), serialize))
    },
  )
  const get = { schema: { summary: 'One pipe', params: PipeName, response: answers(200, Pipe) } }
  app.get<Name>('/v1/pipes/:name', get, (request) => describePipe(pipes.get(request.params.name)))
  const put = {
    schema: {
      summary: 'Opens a pipe; once it is open, the same request answers with it',
      params: PipeName,
      body: PipeRequest,
      response: { ...answers(201, Pipe), 200: Pipe },
    },
  }
  app.put<Name & { Body: Static<typeof PipeRequest> }>('/v1/pipes/:name', put, async (request, reply) => {
    const { name } = request.params
    const { target, client, ...how } = request.body
    const open = pipes.find(name)
    if (open !== undefined && targets.get(open) === target) return describePipe(open)
    const options: CallOptions = { ...how, signal: abortedWith(reply.raw) }
    const held = await pipes.open(name, () => node.connect(target, options), client)
    targets.set(held, target)
    return reply.code(201).send(describePipe(held))
  })
  const remove = {
    schema: { summary: 'Closes a pipe', params: PipeName, response: answers(204, Type.Null()) },
  }
  app.delete<Name>('/v1/pipes/:name', remove, async (request, reply) => {
    await pipes.close(request.params.name)
    return reply.code(204).send()
  })
  addMessageRoutes(app, pipes)
}

function addMessageRoutes(app: FastifyInstance, pipes: DaemonContext['pipes']): void {
  const take = {
    schema: {
      summary: 'Takes the next message, after waiting for it; 204 when none came',
      params: PipeName,
      querystring: MessageQuery,
      response: { ...answers(200, Message), 204: Type.Null() },
    },
  }
  app.get<Name & { Querystring: Static<typeof MessageQuery> }>(
    '/v1/pipes/:name/messages',
    take,
    async (request, reply) => {
      const held = pipes.get(request.params.name)
      if (held.isJoined)
        throw new DaemonError('DAEMON_IN_USE', `the pipe "${held.name}" is joined to another connection`)
      const { timeoutMs = 0, match } = request.query
      const matches = match === undefined ? undefined : compilePattern(match)
      const wants = matches && (({ data }: { data: Uint8Array }) => matches(data))
      const message = await held.inbox.recv(ALL, { timeoutMs, wants, signal: abortedWith(reply.raw) })
      if (message === undefined) return reply.code(204).send()
      const { data, from } = message
      const text = textOf(data)
      const base64 = Buffer.from(data.buffer, data.byteOffset, data.length).toString('base64')
      return { data: base64, ...(text !== undefined && { text }), from: formatTransportAddress(from) }
    },
  )
  const post = {
    schema: {
      summary: 'Sends a message',
      params: PipeName,
      body: MessageRequest,
      response: answers(200, Sent),
    },
  }
  app.post<Name & { Body: Static<typeof MessageRequest> }>(
    '/v1/pipes/:name/messages',
    post,
    async (request) => {
      const { data, text = '' } = request.body
      const bytes = data === undefined ? Buffer.from(text) : Buffer.from(data, 'base64')
      return { sent: await pipes.get(request.params.name).send([bytes]) }
    },
  )
}

function textOf(data: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data)
  } catch {
    return undefined
  }
}
