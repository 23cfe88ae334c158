import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws'
import type { DaemonContext } from '../daemon-context.ts'
import { DaemonError } from '../daemon-error.ts'
import { joinPipe } from '../tunnel/join.ts'
import { answerOnSocket } from '../tunnel/socket-answer.ts'
import { v1TunnelOf } from '../tunnel/tunnel-request.ts'
import type { EventLog } from '../v1/event-log.ts'
import { problemOf } from '../v1/problem.ts'
import { sendEvents } from './event-socket.ts'
import { checkOrigin } from './check-origin.ts'

/** The largest message of a client; a longer one closes its socket with 1009. RFC 6455 §7.4.1. */
const MAX_MESSAGE_BYTES = 1024 * 1024
/** The daemon is going away. RFC 6455 §7.4.1. */
const GOING_AWAY = 1001

/** The WebSockets of a daemon. */
export interface WebSockets {
  /** Takes a request to upgrade; false when its path is not one of a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  /** Says goodbye to each client. */
  close(): void
}

/**
 * Serves `/v1/pipes/{name}/stream`, which joins a pipe, and `/v1/events`, as WebSockets. The guard comes first, and no
 * message is compressed. RFC 6455.
 */
export function serveWebSockets(context: DaemonContext, events: EventLog): WebSockets {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    clientTracking: true,
  })
  return {
    upgrade: (request, socket, head) => {
      const [path = '', query] = (request.url ?? '').split('?')
      const wants = /^websocket$/i.test(request.headers.upgrade ?? '')
      const joined = v1TunnelOf(path)
      if (!wants || (joined === undefined && path !== '/v1/events')) return false
      socket.on('error', () => {}) // Its end is what counts.
      try {
        checkOrigin(request, 'websocket', context)
        const held = joined && freeEnd(context, joined)
        server.handleUpgrade(request, socket, head, (webSocket) => {
          if (held === undefined) sendEvents(webSocket, events, new URLSearchParams(query).get('after'))
          else join(held, webSocket)
        })
      } catch (error) {
        const problem = problemOf(error)
        answerOnSocket(socket, { status: problem.status, problem })
      }
      return true
    },
    close: () => {
      for (const client of server.clients) client.close(GOING_AWAY)
      server.close()
    },
  }
}

function freeEnd({ pipes }: DaemonContext, { name, stream }: { name: string; stream: string | undefined }) {
  const pipe = pipes.get(decodeURIComponent(name))
  const held = stream === undefined ? pipe : pipe.streams.get(decodeURIComponent(stream))
  if (held.isJoined)
    throw new DaemonError('DAEMON_IN_USE', `"${decodeURIComponent(name)}" is joined to another connection`)
  return held
}

/** A WebSocket has no half-close: the end of either side ends both. */
function join(held: ReturnType<typeof freeEnd>, webSocket: WebSocket): void {
  try {
    const stream = createWebSocketStream(webSocket, { allowHalfOpen: false })
    stream.on('error', () => {}) // `joinPipe` ends the pipe then.
    void joinPipe(held, stream, Buffer.alloc(0))
    // Nobody reads the rest of the peer's bytes any more, and so its end would not be seen.
    webSocket.once('close', () => void Promise.resolve(held.close()).catch(() => {}))
  } catch {
    webSocket.close(GOING_AWAY) // Another connection was faster.
  }
}
