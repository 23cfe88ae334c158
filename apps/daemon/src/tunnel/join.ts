import { resetSocket, writeTurns } from '@p2pd/node/node'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** A pipe or a stream that gives its bytes away to a connection. */
export interface Joinable {
  readonly bytes: { sent: number; received: number }
  /** Gives the bytes to a connection. Throws `DAEMON_IN_USE`. */
  join(connection: Duplex): { readonly stream: Duplex; readonly unread: readonly Uint8Array[] }
}

/**
 * Joins a connection to a pipe, both ways: the end of one side ends one direction, an error breaks both off. Resolves when
 * both are over.
 */
export function joinPipe(held: Joinable, socket: Duplex, head: Uint8Array): Promise<void> {
  const { stream, unread } = held.join(socket)
  for (const data of unread) socket.write(data)
  if (head.length > 0) {
    stream.write(head)
    held.bytes.sent += head.length
  }
  socket.on('data', (data: Uint8Array) => void (held.bytes.sent += data.length))
  writeTurns(stream, socket)
  writeTurns(socket, stream)
  if (stream.readableEnded) socket.end()
  else if (stream.destroyed) breakOff(socket)
  if (socket.readableEnded) stream.end()
  const over = (from: Duplex, to: Duplex) =>
    new Promise<void>((resolve) => {
      from.on('error', () => breakOff(to))
      from.once('close', () => {
        // A stream that closed in order has ended the other one already.
        if (!from.readableEnded) to.destroy()
        resolve()
      })
      if (from.destroyed) resolve()
    })
  return Promise.all([over(stream, socket), over(socket, stream)]).then(() => {})
}

/** A client of TCP would take a mere end for the end of the data. RFC 9293 §3.5.2. */
function breakOff(side: Duplex): void {
  if (side instanceof Socket) resetSocket(side)
  else side.destroy()
}
