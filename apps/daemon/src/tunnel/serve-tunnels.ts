import { type IncomingMessage, type Server, ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { DaemonContext } from '../daemon-context.ts'
import { DaemonError } from '../daemon-error.ts'
import { type Refusal, refusalOf } from '../guard/guard.ts'
import { requestOrigin } from '../guard/request-origin.ts'
import { problemOfRefusal } from '../guard/guard-requests.ts'
import { failureOf } from '../p2pd-routes/answer.ts'
import { pathParts } from '../p2pd-routes/path-parts.ts'
import { problemOf } from '../v1/problem.ts'
import { joinPipe } from './join.ts'
import { answerOnSocket, endAfterAnswer } from './socket-answer.ts'
import { isTunnelPath, RAW_TUNNEL_PROTOCOL, TUNNEL_PROTOCOL, v1TunnelOf } from './tunnel-request.ts'

/** The way that a client asked for its tunnel, where `v1` is an upgrade in the API of today: each has answers of its own. */
type Way = 'raw' | 'upgrade' | 'connect' | 'v1'

const SWITCHING = `HTTP/1.1 101 ${STATUS_CODES[101]}\r\nUpgrade: ${TUNNEL_PROTOCOL}\r\nConnection: Upgrade\r\n\r\n`

const READY: Readonly<Record<Way, string>> = {
  raw: '',
  upgrade: SWITCHING,
  v1: SWITCHING,
  connect: 'HTTP/1.1 200 Connection established\r\n\r\n',
}

/** A handler of upgrades other than tunnels: false when the request is not for it. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean

/**
 * Serves tunnels on a server: `GET /p2p/pipe/<name>` alone, the same with `Upgrade: p2pd`, and `CONNECT <name>`. A request
 * that offers another protocol is answered without it, as HTTP wants. RFC 9110 §7.8, §9.3.6.
 */
export function serveTunnels(
  server: Server,
  context: DaemonContext,
  others: UpgradeHandler = () => false,
): void {
  const tunnel = (way: Way, request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => {}) // Its end is what counts.
    const refusal = refusalFor(way, request, context)
    if (refusal !== undefined) {
      context.log('refused', { way, ...refusal })
      return refuse(way, socket, refusal)
    }
    try {
      const held = joinableAt(way, request.url ?? '', context)
      if (held.isJoined) throw new DaemonError('DAEMON_IN_USE', 'it is joined to another connection already')
      socket.write(READY[way])
      void joinPipe(held, socket, head)
    } catch (error) {
      fail(way, socket, error)
    }
  }
  server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    tunnel('connect', request, socket, head),
  )
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const protocol = request.headers.upgrade ?? ''
    const isV1 = v1TunnelOf(request.url ?? '') !== undefined
    if (isV1 && protocol === TUNNEL_PROTOCOL) return tunnel('v1', request, socket, head)
    if (isTunnelPath(request.url ?? '')) {
      if (protocol.startsWith(RAW_TUNNEL_PROTOCOL)) return tunnel('raw', request, socket, head)
      if (protocol === TUNNEL_PROTOCOL) return tunnel('upgrade', request, socket, head)
    }
    if (!others(request, socket, head)) serveWithoutUpgrade(server, request, socket)
  })
}

function refusalFor(way: Way, request: IncomingMessage, context: DaemonContext) {
  const { guard } = context
  if (context.trusts(request.socket)) return undefined
  const origin = requestOrigin(request.headers)
  // The host of a CONNECT is its target, and pages cannot send one. P2PD's clients send a tunnel request without Host and
  // with `Origin: null`; browsers always send a Host.
  const isProgram = way === 'connect' || (way === 'raw' && origin.host === undefined)
  if (!isProgram) return refusalOf(origin, guard)
  const asProgram = {
    ...origin,
    host: 'localhost',
    ...(way === 'raw' && origin.origin === 'null' && { origin: undefined }),
  }
  return refusalOf(asProgram, guard)
}

/** The pipe of a path, or the stream beside it. */
function joinableAt(way: Way, url: string, { pipes }: DaemonContext) {
  if (way !== 'v1') return pipes.get(nameOf(way, url))
  const [, , name = '', , stream] = pathParts(url)
  const held = pipes.get(name)
  return stream === undefined ? held : held.streams.get(stream)
}

/** The name in `/p2p/pipe/<name>`, or in `CONNECT <name>:<any port>`. */
function nameOf(way: Way, url: string): string {
  if (way === 'connect') return pathParts(`/${url.replace(/:\d*$/, '')}`).join('/')
  const parts = pathParts(url)
  return parts.slice(parts[0] === 'p2p' ? 2 : 1).join('/')
}

function refuse(way: Way, socket: Duplex, refusal: Refusal): void {
  const { status, reason } = refusal
  if (way === 'v1') return answerOnSocket(socket, { status, problem: problemOfRefusal(refusal) })
  answerOnSocket(socket, { status, json: { error: 1, msg: reason } })
}

/** A mere GET is answered with the status that P2PD gives to the error; an upgrade that fails is never a success. */
function fail(way: Way, socket: Duplex, error: unknown): void {
  if (way === 'v1') {
    const problem = problemOf(error)
    return answerOnSocket(socket, { status: problem.status, problem })
  }
  const { status, body } = failureOf(error)
  answerOnSocket(socket, { status: way !== 'raw' && status === 200 ? 404 : status, json: body })
}

/** Answers a request as if it had offered no other protocol; the connection closes, because nobody parses it any more. */
function serveWithoutUpgrade(server: Server, request: IncomingMessage, socket: Duplex): void {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket as never)
  response.once('finish', () => endAfterAnswer(socket))
  const hasBody =
    Number(request.headers['content-length'] ?? 0) > 0 || request.headers['transfer-encoding'] !== undefined
  if (hasBody) response.writeHead(400).end('send a body without Upgrade')
  else server.emit('request', request, response)
}
