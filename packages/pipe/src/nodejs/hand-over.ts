import type { ChildProcess } from 'node:child_process'
import { Socket } from 'node:net'
import { type TransportAddress, systemReason } from '@p2pd/netif'
import { PipeError } from '../pipe-error.ts'
import type { Pipe } from '../pipe.ts'
import { pipeFromStream } from './system-pipes.ts'

/** The message that goes with the socket; plain enough for either serialization of `child_process`. */
interface Handover {
  readonly type: 'p2pd-pipe'
  readonly local: TransportAddress
  readonly remote: TransportAddress
  /** Bytes already read here, base64. */
  readonly unread: string
}

/**
 * Hands a TCP pipe's socket to a child process, which takes it with `receivePipe`; here it closes
 * without a word to the peer. A TLS pipe cannot go: its keys are in this process' memory. Nor can a
 * datagram pipe, whose socket may serve others too, or the pipe of a session, which outlives its sockets. Each of them
 * fails with `PIPE_UNSUPPORTED`: join it to a local socket by `relay`, and hand over that one.
 */
export async function handOver(pipe: Pipe, child: ChildProcess): Promise<void> {
  await pipe.opened // Until then the socket has bytes that are not the application's.
  const { transport, local, remote } = pipe
  if (transport === 'session') {
    const why = 'it changes its paths, and what was not acknowledged is in the memory of this process'
    throw new PipeError(
      'PIPE_UNSUPPORTED',
      `the socket of a session cannot be handed to another process: ${why}`,
    )
  }
  if (transport !== 'tcp' || remote === undefined) {
    const told = `a ${transport} pipe cannot be handed to another process`
    throw new PipeError('PIPE_UNSUPPORTED', told)
  }
  return new Promise((resolve, reject) => {
    const socket = pipe.stream
    if (!(socket instanceof Socket) || socket.destroyed || socket.writableLength > 0) {
      const why = socket.destroyed ? 'it is closed' : 'it is not a socket, or has bytes to send'
      throw new PipeError('PIPE_UNSUPPORTED', `the pipe cannot be handed to another process: ${why}`)
    }
    stopReading(socket)
    const unread = (socket.read() as Buffer | null)?.toString('base64') ?? ''
    const message: Handover = { type: 'p2pd-pipe', local, remote, unread }
    child.send(message, socket, (error) => {
      socket.destroy()
      if (error === null) resolve()
      else
        reject(
          new PipeError('PIPE_SYSTEM', `cannot hand the pipe over: ${systemReason(error)}`, { cause: error }),
        )
    })
  })
}

/** Makes a pipe of what `handOver` sent; undefined for any other message. */
export function receivePipe(message: unknown, handle: unknown): Pipe | undefined {
  if (!(handle instanceof Socket) || (message as Partial<Handover> | null)?.type !== 'p2pd-pipe') {
    return undefined
  }
  const { local, remote, unread } = message as Handover
  if (unread !== '') handle.unshift(Buffer.from(unread, 'base64'))
  return pipeFromStream(handle, { transport: 'tcp', local, remote })
}

/**
 * Until the child has the socket, Node goes on reading it here, and drops what comes. There is no public
 * way to stop that: `pause` stops the stream, not the handle.
 */
function stopReading(socket: Socket): void {
  ;(socket as { _handle?: { readStop?(): void } })._handle?.readStop?.()
}
