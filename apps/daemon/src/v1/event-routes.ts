import type { FastifyInstance } from 'fastify'
import type { ServerResponse } from 'node:http'
import type { DaemonEvent, EventLog } from './event-log.ts'
import { Event } from './schemas.ts'

const HEARTBEAT_MS = 15_000
/** A client that has so much unread is cut off; it comes back with `Last-Event-ID`. */
const MAX_UNREAD_BYTES = 256 * 1024

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
    const write = (text: string) => {
      if (stream.writableLength > MAX_UNREAD_BYTES) stream.destroy()
      else stream.write(text)
    }
    const last = Number(request.headers['last-event-id'])
    if (Number.isInteger(last)) replay(events, last, write)
    else write(': connected\n\n')
    const stop = events.onEvent((event) => write(format(event)))
    const heartbeat = setInterval(() => write(': alive\n\n'), HEARTBEAT_MS)
    stream.on('error', () => {}) // Its end is what counts.
    stream.once('close', () => {
      stop()
      clearInterval(heartbeat)
      streams.delete(stream)
    })
  })
}

function replay(events: EventLog, last: number, write: (text: string) => void): void {
  const missed = events.since(last)
  if (missed.gap) write('event: gap\ndata: {"type":"gap"}\n\n')
  write(missed.events.map(format).join('') || ': connected\n\n')
}

function format(event: DaemonEvent): string {
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}
