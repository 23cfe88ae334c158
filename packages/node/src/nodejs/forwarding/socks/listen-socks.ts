import { joinBytes } from '@p2pd/netif'
import type { Socket } from 'node:net'
import { NodeError } from '../../../node-error.ts'
import type { SessionStream } from '../../../runtime/session.ts'
import type { Endpoint } from '../endpoint.ts'
import { joinStreams } from '../join-streams.ts'
import { type LocalListener, listenForConnections } from '../listen-locally.ts'
import {
  decodeSocksGreeting,
  decodeSocksRequest,
  encodeSocksMethod,
  encodeSocksReply,
  type SocksDestination,
  type SocksPart,
  SocksReply,
  type SocksReplyCode,
  type SocksRequest,
} from './socks-message.ts'

/** A client that has not said where it wants to go within this has failed; the longest part has 262 bytes. */
const HANDSHAKE_MS = 10_000
const LONGEST_PART = 512

/** Opens a stream to a destination; undefined while the peer is away. Fails with `NODE_SERVICE` when it is not offered. */
export type OpenDestination = (destination: SocksDestination) => Promise<SessionStream | undefined>

/**
 * Listens as a SOCKS proxy, version 5 without passwords: each connection goes where its client asks. Fails as
 * `listenForConnections` does. RFC 1928.
 */
export function listenSocks(endpoint: Endpoint, open: OpenDestination): Promise<LocalListener> {
  return listenForConnections(endpoint, (socket) => {
    socket.on('error', () => {}) // The close follows.
    serveClient(socket, open).catch(() => socket.destroy())
  })
}

async function serveClient(socket: Socket, open: OpenDestination): Promise<void> {
  socket.setTimeout(HANDSHAKE_MS, () => socket.destroy())
  const isAccepted = await readPart(socket, decodeSocksGreeting)
  socket.write(encodeSocksMethod(isAccepted))
  if (!isAccepted) return void socket.end()
  const request = await readPart(socket, decodeSocksRequest)
  socket.setTimeout(0)
  const answer = await answerTo(request, open)
  if (typeof answer === 'number') return void socket.end(encodeSocksReply(answer))
  if (socket.destroyed) return void answer.destroy()
  socket.write(encodeSocksReply(SocksReply.Succeeded))
  joinStreams(socket, answer)
}

async function answerTo(
  request: SocksRequest,
  open: OpenDestination,
): Promise<SessionStream | SocksReplyCode> {
  if ('refusal' in request) return request.refusal
  try {
    return (await open(request)) ?? SocksReply.HostUnreachable
  } catch (error) {
    const isRefused = error instanceof NodeError && error.code === 'NODE_SERVICE'
    return isRefused ? SocksReply.NotAllowed : SocksReply.HostUnreachable
  }
}

/** Reads one part of the handshake, and leaves what comes after it. */
function readPart<Value>(socket: Socket, decode: (bytes: Uint8Array) => SocksPart<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    let bytes: Uint8Array = new Uint8Array()
    const over = () => reject(new Error('the client has left'))
    const read = () => {
      for (
        let piece = socket.read() as Buffer | null;
        piece !== null;
        piece = socket.read() as Buffer | null
      ) {
        bytes = joinBytes(bytes, piece)
        const part = decode(bytes)
        if (part === undefined && bytes.length < LONGEST_PART) continue
        socket.off('readable', read).off('close', over)
        if (part === undefined) return over()
        if (part.length < bytes.length) socket.unshift(bytes.subarray(part.length))
        return resolve(part.value)
      }
    }
    socket.on('readable', read).once('close', over)
    read()
  })
}
