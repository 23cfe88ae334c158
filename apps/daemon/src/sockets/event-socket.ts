import type { WebSocket } from 'ws'
import type { EventLog } from '../v1/event-log.ts'
import { followEvents } from '../v1/follow-events.ts'

/** Sends each event as a text message in JSON. A client that answers no ping until the next one is gone. RFC 6455 §5.5.2. */
export function sendEvents(webSocket: WebSocket, events: EventLog, after: string | null): void {
  let isAlive = true
  const reader = {
    unread: () => webSocket.bufferedAmount,
    send: (event: object) => webSocket.send(JSON.stringify(event)),
    gap: () => webSocket.send('{"type":"gap"}'),
    heartbeat: () => {
      if (!isAlive) return webSocket.terminate()
      isAlive = false
      webSocket.ping()
    },
    cut: () => webSocket.terminate(),
  }
  const stop = followEvents(events, reader, after === null ? undefined : Number(after))
  webSocket.on('pong', () => (isAlive = true))
  webSocket.on('error', () => {}) // Its end is what counts.
  webSocket.once('close', stop)
}
