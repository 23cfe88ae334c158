import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { DaemonContext } from '../daemon-context.ts'
import { DaemonError } from '../daemon-error.ts'
import type { HeldPipe } from '../pipes/held-pipe.ts'
import { checkOrigin } from '../sockets/check-origin.ts'
import type { HeldStream } from '../streams/held-streams.ts'
import { joinPipe } from '../tunnel/join.ts'
import { answerOnSocket } from '../tunnel/socket-answer.ts'
import { TUNNEL_PROTOCOL } from '../tunnel/tunnel-request.ts'
import { problemOf } from '../v1/problem.ts'
import { carryDatagrams } from './carry-datagrams.ts'
import { FRAMES_PROTOCOL, FramedStream } from './framed-stream.ts'

/** The parts of `/v1/pipes/{name}/{part}/{id}` and of `/v1/clients/{name}`. */
const PATH = /^\/v1\/(pipes|clients)\/([^/]+)(?:\/(stream|streams|datagrams))?(?:\/([^/]+))?$/

/**
 * Serves what commands use: `Upgrade: p2pd-frames` at `/v1/pipes/{name}/stream`, `.../streams`, which opens one, `.../streams/{id}`
 * and `.../datagrams`, and `Upgrade: p2pd` at `/v1/clients/{name}`. False when a request is none of these. RFC 9110 §7.8.
 */
export function serveFrames(
  context: DaemonContext,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): boolean {
  const [path = '', query] = (request.url ?? '').split('?')
  const [, kind, name = '', part, id] = PATH.exec(path) ?? []
  const protocol = kind === 'clients' ? TUNNEL_PROTOCOL : FRAMES_PROTOCOL
  if (kind === undefined || request.headers.upgrade !== protocol) return false
  socket.on('error', () => {}) // Its end is what counts.
  try {
    checkOrigin(request, 'frames', context)
    const service = new URLSearchParams(query).get('service') ?? undefined
    const place = { name: decodeURIComponent(name), part, id: id && decodeURIComponent(id), service }
    if (head.length > 0) socket.unshift(head)
    if (kind === 'clients') hold(context, place, socket)
    else join(context.pipes.get(place.name), place, socket)
  } catch (error) {
    const problem = problemOf(error)
    answerOnSocket(socket, { status: problem.status, problem })
  }
  return true
}

/** A place in the API, as its path names it. */
interface Place {
  readonly name: string
  readonly part: string | undefined
  readonly id: string | undefined
  /** Of a stream that is to be opened. */
  readonly service: string | undefined
}

function hold({ clients }: DaemonContext, { name, part }: Place, socket: Duplex): void {
  clients.check(name, false)
  if (part !== undefined) throw nowhere()
  socket.write(accepted(TUNNEL_PROTOCOL))
  clients.hold(name, socket)
}

function join(held: HeldPipe, place: Place, socket: Duplex): void {
  if (place.part === 'datagrams' && place.id === undefined) {
    const { pipe } = held
    socket.write(accepted(FRAMES_PROTOCOL))
    const frames = new FramedStream(Promise.resolve(socket), { isWhole: true })
    const onClose = (listener: () => void) => pipe.onClose(listener)
    return carryDatagrams({ datagrams: pipe.datagrams, onClose }, frames)
  }
  const joined = joinableAt(held, place)
  if (joined.isJoined) throw new DaemonError('DAEMON_IN_USE', 'it is joined to another connection')
  socket.write(accepted(FRAMES_PROTOCOL, 'id' in joined ? joined.id : undefined))
  void joinPipe(joined, new FramedStream(Promise.resolve(socket)), Buffer.alloc(0))
}

/** The pipe itself, one of its streams, or a new one. */
function joinableAt(held: HeldPipe, { part, id, service }: Place): HeldPipe | HeldStream {
  if (part === 'stream' && id === undefined) return held
  if (part !== 'streams') throw nowhere()
  return id === undefined ? held.streams.open(service) : held.streams.get(id)
}

function accepted(protocol: string, stream?: string): string {
  const more = stream === undefined ? '' : `P2pd-Stream: ${stream}\r\n`
  return `HTTP/1.1 101 ${STATUS_CODES[101]}\r\nUpgrade: ${protocol}\r\nConnection: Upgrade\r\n${more}\r\n`
}

function nowhere(): DaemonError {
  return Object.assign(new DaemonError('DAEMON_BAD_REQUEST', 'nothing can be joined at this path'), {
    statusCode: 404,
  })
}
