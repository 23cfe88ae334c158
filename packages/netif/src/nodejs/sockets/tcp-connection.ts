import type { Socket } from 'node:net'
import type { TcpConnection } from '../../tcp.ts'

/** A connected socket as the port sees it. */
export function toConnection(socket: Socket): TcpConnection {
  ignoreErrors(socket)
  return {
    local: { ip: socket.localAddress ?? '', port: socket.localPort ?? 0 },
    remote: { ip: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 },
    stream: socket,
  }
}

/** Closes a socket that nobody will get. */
export function discard(socket: Socket): void {
  ignoreErrors(socket)
  socket.destroy()
}

/**
 * A peer's RST must not end the process while nobody listens; whoever does still hears 'error', and
 * 'close' and `stream.errored` tell the others.
 */
function ignoreErrors(socket: Socket): void {
  socket.on('error', () => {})
}
