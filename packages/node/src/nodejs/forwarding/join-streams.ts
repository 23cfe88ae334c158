import type { Socket } from 'node:net'
import type { SessionStream } from '../../runtime/session.ts'
import { readingInto, withReads } from './read-blocks.ts'
import { writeTurns } from './write-turns.ts'

/** The peer's connection was reset, or could not be made. Codes from 16 on are the application's. */
const CONNECTION_RESET = 16

/**
 * Joins a connection and a stream of a session. The end of one direction passes on and leaves the other as it is; a reset
 * of one end resets the other, RFC 9293 §3.5.2. A reader that is full stops its own sender alone.
 */
export function joinStreams(socket: Socket, stream: SessionStream): void {
  passEnds(socket, stream)
  socket.pipe(stream)
  writeTurns(stream, socket)
}

/** Joins a stream and a connection that was made with `readingInto` the stream. */
export function joinReading(socket: Socket, stream: SessionStream): void {
  passEnds(socket, stream)
  socket.on('end', () => stream.end())
  stream.on('drain', () => socket.resume())
  socket.resume()
  writeTurns(stream, socket)
}

/** Joins a stream and a connection that was accepted just now. */
export function joinAccepted(accepted: Socket, stream: SessionStream): void {
  const socket = withReads(accepted, readingInto(stream))
  if (socket === undefined) joinStreams(accepted, stream)
  else joinReading(socket, stream)
}

/** A reset passes on at once, an end does with the data. */
function passEnds(socket: Socket, stream: SessionStream): void {
  const abortSocket = () => {
    if (!socket.destroyed) resetSocket(socket)
  }
  const abortStream = () => {
    if (!stream.destroyed) stream.reset(CONNECTION_RESET)
  }
  socket.on('error', abortStream)
  stream.on('error', abortSocket)
  socket.on('close', () => {
    if (!(socket.readableEnded && socket.writableFinished)) abortStream()
  })
  stream.on('close', () => {
    if (!(stream.readableEnded && stream.writableFinished)) abortSocket()
  })
}

/**
 * Resets a TCP connection, and drops what it has not sent yet. A Unix socket has no reset, and is closed. So is a connection
 * whose sending half has ended: Node.js would keep its descriptor, as libuv resets nothing while a shutdown is under way.
 */
export function resetSocket(socket: Socket): void {
  if (socket.writableEnded) return void socket.destroy()
  try {
    socket.resetAndDestroy()
    // Node.js resets when all is sent, and a reader that has stopped would keep the connection for ever.
    if (socket.writableLength > 0) socket.destroy()
  } catch {
    socket.destroy() // Node.js resets nothing else than TCP.
  }
}
