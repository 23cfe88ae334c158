import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Readable } from 'node:stream'
import type { DaemonContext } from '../daemon-context.ts'
import { DaemonError } from '../daemon-error.ts'
import type { HeldPipe } from '../pipes/held-pipe.ts'
import type { Message } from '../pipes/message-queue.ts'
import { abortedWith } from '../request-signal.ts'
import { P2pdError } from './answer.ts'
import { tuple } from './describe.ts'
import { pairs, pathParts } from './path-parts.ts'
import { PREFIXES } from './prefixes.ts'
import { type NamedSubscription, parseSubscription } from './subscription.ts'

/** As with P2PD, in seconds. */
const DEFAULT_TIMEOUT_SECONDS = 2
const LONGEST_TIMEOUT_SECONDS = 3600

/** The routes that send and receive. */
export function addMessageRoutes(app: FastifyInstance, { pipes }: DaemonContext): void {
  for (const prefix of PREFIXES) {
    const skip = prefix === '' ? 1 : 2
    app.get(`${prefix}/send/*`, async (request) => {
      const [name = '', ...text] = pathParts(request.raw.url ?? '').slice(skip)
      const sent = await pipes.get(name).send([Buffer.from(text.join('/'))])
      return { name, sent, error: 0 }
    })
    app.post(`${prefix}/binary/*`, async (request) => {
      const [name = ''] = pathParts(request.raw.url ?? '').slice(skip)
      const sent = await pipes.get(name).send((request.body ?? []) as Readable | [])
      return { name, sent, error: 0 }
    })
    app.get(`${prefix}/recv/*`, async (request, reply) => {
      const message = await receive(pipes.get(...nameOf(request, skip)), request, reply, skip)
      if (!('data' in message)) return message
      return { data: Buffer.from(message.data).toString(), client_tup: tuple(message.from), error: 0 }
    })
    app.get(`${prefix}/binary/*`, async (request, reply) => {
      const message = await receive(pipes.get(...nameOf(request, skip)), request, reply, skip)
      if (!('data' in message)) return message
      const { ip, port } = message.from
      return reply
        .header('x-client-tup', `${ip}:${port}`)
        .type('application/octet-stream')
        .send(Buffer.from(message.data))
    })
    app.get(`${prefix}/sub/*`, (request) => {
      const { name, subscription, held } = named(pipes.get(...nameOf(request, skip)), request, skip)
      held.inbox.subscribe(subscription.key, subscription.wants)
      return { name, sub: subscription.text, error: 0 }
    })
    app.delete(`${prefix}/sub/*`, (request) => {
      const { name, subscription, held } = named(pipes.get(...nameOf(request, skip)), request, skip)
      held.inbox.unsubscribe(subscription.key)
      return { name, unsub: subscription.text, error: 0 }
    })
  }
}

function nameOf(request: FastifyRequest, skip: number): [string] {
  return [pathParts(request.raw.url ?? '')[skip] ?? '']
}

function named(held: HeldPipe, request: FastifyRequest, skip: number) {
  if (held.isJoined)
    throw new DaemonError('DAEMON_IN_USE', `the pipe "${held.name}" is joined to another connection`)
  return { name: held.name, held, subscription: parseSubscription(parametersOf(request, skip)) }
}

/** Waits for a message of the subscription that the request names; without such a subscription, for any message. */
async function receive(
  held: HeldPipe,
  request: FastifyRequest,
  reply: FastifyReply,
  skip: number,
): Promise<Message | object> {
  const { subscription } = named(held, request, skip)
  const timeoutMs = timeoutOf(parametersOf(request, skip)) * 1000
  const { key, wants } = forReceiving(held, subscription)
  const signal = abortedWith(reply.raw)
  const message = await held.inbox.recv(key, { timeoutMs, wants, signal })
  if (message !== undefined) return message
  if (held.pipe.closed) throw new DaemonError('DAEMON_NO_PIPE', `the pipe "${held.name}" has closed`)
  if (timeoutMs === 0) return { msg: `recv buffer ${subscription.text} empty.`, error: P2pdError.Empty }
  return { msg: 'recv timeout', error: P2pdError.Timeout }
}

function forReceiving({ inbox }: HeldPipe, { key, wants }: NamedSubscription) {
  return inbox.has(key) ? { key, wants: undefined } : { key: 'all', wants }
}

function parametersOf(request: FastifyRequest, skip: number): ReadonlyMap<string, string> {
  const inPath = pairs(pathParts(request.raw.url ?? '').slice(skip + 1))
  const query = new URLSearchParams((request.raw.url ?? '').split('?')[1] ?? '')
  return new Map([...inPath, ...query])
}

function timeoutOf(parameters: ReadonlyMap<string, string>): number {
  const text = parameters.get('timeout') ?? String(DEFAULT_TIMEOUT_SECONDS)
  const seconds = Number(text)
  if (text.trim() === '' || !(seconds >= 0 && seconds <= LONGEST_TIMEOUT_SECONDS)) {
    const most = `from 0 to ${LONGEST_TIMEOUT_SECONDS} seconds`
    throw new DaemonError('DAEMON_BAD_REQUEST', `timeout=${text} is not a number ${most}`)
  }
  return seconds
}
