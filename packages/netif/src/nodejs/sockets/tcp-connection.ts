import type { Socket } from 'node:net'
import type { TcpConnection } from '../../tcp.ts'
import type { TransportAddress } from '../../ip/transport-address.ts'

/** A connected socket as the port sees it; undefined when the peer has reset it, and nothing tells who that was. */
export function toConnection(socket: Socket): TcpConnection | undefined {
  ignoreErrors(socket)
  const local = addressOf(socket.localAddress, socket.localPort)
  const remote = addressOf(socket.remoteAddress, socket.remotePort)
  return local && remote && { local, remote, stream: socket }
}

function addressOf(ip: string | undefined, port: number | undefined): TransportAddress | undefined {
  return ip === undefined || port === undefined ? undefined : { ip, port }
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
