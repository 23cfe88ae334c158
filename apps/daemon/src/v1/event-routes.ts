import type { FastifyInstance } from 'fastify'
import type { ServerResponse } from 'node:http'
import type { DaemonEvent, EventLog } from './event-log.ts'
import { followEvents } from './follow-events.ts'
import { Event } from './schemas.ts'

/** The route as the document has it; no serializer is at work here. */
const documented = {
  schema: {
    summary: 'Server-sent events; Last-Event-ID replays those that were missed',
    response: { 200: Event },
  },
}

/** `GET /v1/events`: server-sent events with numbers, replayed after a break. WHATWG HTML §9.2. */
export function addEventRoutes(app: FastifyInstance, events: EventLog): void {
  const streams = new Set<ServerResponse>()
  app.addHook('preClose', async () => {
    for (const stream of streams) stream.end()
  })
  app.get('/v1/events', documented, (request, reply) => {
    reply.hijack()
    const stream = reply.raw
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) stream.setHeader(name, value)
    stream.writeHead(200, { 'content-type': 'text/event-stream' })
    streams.add(stream)
    stream.write(': connected\n\n')
    const last = request.headers['last-event-id']
    const stop = followEvents(events, readerOf(stream), last === undefined ? undefined : Number(last))
    stream.on('error', () => {}) // Its end is what counts.
    stream.once('close', () => {
      stop()
      streams.delete(stream)
    })
  })
}

function readerOf(stream: ServerResponse) {
  return {
    unread: () => stream.writableLength,
    send: (event: DaemonEvent) => void stream.write(format(event)),
    gap: () => void stream.write('event: gap\ndata: {"type":"gap"}\n\n'),
    heartbeat: () => void stream.write(': alive\n\n'),
    cut: () => void stream.destroy(),
  }
}

function format(event: DaemonEvent): string {
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}
