import type { Socket } from 'node:net'
import { markTunnelRequest } from './tunnel-request.ts'

/** A client that opens a connection says something within this time. */
const FIRST_BYTES_MS = 60_000

/** Looks at the first request of a connection before `serve` gets it. */
export function markConnection(socket: Socket, serve: (socket: Socket) => void): void {
  let received: Buffer = Buffer.alloc(0)
  const timer = setTimeout(() => socket.destroy(), FIRST_BYTES_MS)
  const pass = (bytes: Buffer) => {
    clearTimeout(timer)
    socket.off('readable', look).off('end', giveUp).off('error', giveUp).off('close', giveUp)
    if (socket.destroyed) return
    if (bytes.length > 0 && !socket.readableEnded) socket.unshift(bytes)
    serve(socket)
  }
  const look = () => {
    for (;;) {
      const chunk = socket.read() as Buffer | null
      if (chunk === null) return
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
      const marked = markTunnelRequest(received)
      if (marked !== undefined) return pass(marked)
    }
  }
  const giveUp = () => {
    clearTimeout(timer)
    socket.destroy()
  }
  socket.on('readable', look).on('end', giveUp).on('error', giveUp).on('close', giveUp)
}
