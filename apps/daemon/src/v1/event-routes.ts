import type { FastifyInstance } from 'fastify'
import type { ServerResponse } from 'node:http'
import type { DaemonEvent, EventLog } from './event-log.ts'
import { followEvents } from './follow-events.ts'
import { Type } from 'typebox'
import { Problem } from './schemas.ts'

const EVENT_STREAM = 'text/event-stream'
const EventHeaders = Type.Object({
  'last-event-id': Type.Optional(Type.String({ description: 'the number of the last event that has come' })),
})

/** The route as the document has it; no serializer is at work here. */
const documented = {
  schema: {
    summary: 'Server-sent events; Last-Event-ID replays those that were missed',
    produces: EVENT_STREAM,
    headers: EventHeaders,
    response: { 200: Type.String({ description: 'each event has an Event in its data' }), '4xx': Problem },
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
    stream.writeHead(200, { 'content-type': EVENT_STREAM })
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
