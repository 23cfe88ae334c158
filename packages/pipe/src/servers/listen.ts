import { checkTransportAddress, type TcpConnection, type TransportAddress } from '@p2pd/netif'
import { Acceptor, type PipeListener } from './acceptor.ts'
import { DatagramServer } from '../datagrams/datagram-server.ts'
import { withDeadline } from '../deadline.ts'
import { checkTransport } from '../open-pipe.ts'
import { checked, PipeError, toPipeError } from '../pipe-error.ts'
import type { ErrorListener } from '../messages/pipe-events.ts'
import type { Pipe, OpenTransport } from '../pipe.ts'
import type { PipePorts } from '../ports.ts'
import { securePipe } from '../streams/secure.ts'
import type { TlsOptions } from '../streams/secure-stream.ts'
import { pipeFromStream } from '../streams/stream-pipe.ts'
import type { Bounds } from '../messages/waiters.ts'

/** Where to listen, and for what. */
export interface ListenOptions {
  readonly transport: OpenTransport
  /** Port 0 lets the system choose. */
  readonly local: TransportAddress
  /** Takes only what comes through this NIC's addresses. @default any NIC */
  readonly interfaceName?: string
  /** For transport 'tls': key and certificate. */
  readonly tls?: TlsOptions
  /** Pipes open at once; a stream beyond is refused, a datagram's new sender ends the quietest. @default 10000 */
  readonly maxPipes?: number
  /** Called when a callback threw, or a client failed at TLS. @default the console gets it */
  readonly onError?: ErrorListener
}

/** A listening socket that makes pipes: of each connection, or of each sender of datagrams. */
export interface PipeServer extends AsyncIterable<Pipe> {
  readonly transport: OpenTransport
  readonly local: TransportAddress
  /** Takes the next pipe, in the order they came. */
  accept(bounds?: Bounds): Promise<Pipe>
  /** Calls back with each pipe that no `accept` is waiting for; returns what stops it. */
  onPipe(listener: PipeListener): () => void
  /** Frees the port and closes the pipes. */
  close(): Promise<void>
}

/** Some file descriptors must be left; Linux gives a process 1,024 or, by systemd, 524,288. */
const MAX_PIPES = 10_000
/** As long as a client may take to connect: `openPipe`'s own default. */
const HANDSHAKE_MS = 10_000

/**
 * Listens on an address. Rejects with `PIPE_INVALID_ARGUMENT`, `PIPE_UNSUPPORTED` (TLS without `secure`), or a code of the
 * system, such as `PIPE_ADDRESS_IN_USE` and `PIPE_ADDRESS_NOT_AVAILABLE`.
 */
export async function listen(options: ListenOptions, ports: PipePorts): Promise<PipeServer> {
  const { maxPipes = MAX_PIPES } = options
  checkListen(options, maxPipes, ports)
  const acceptor = new Acceptor(ports.clock, options.onError)
  try {
    if (options.transport === 'udp') return await listenUdp(options, maxPipes, acceptor, ports)
    return await listenTcp(options, maxPipes, acceptor, ports)
  } catch (error) {
    throw toPipeError(error, `listen for ${options.transport}`)
  }
}

async function listenUdp(options: ListenOptions, maxPipes: number, acceptor: Acceptor, ports: PipePorts) {
  const socket = await ports.network.bindUdp(bindOptions(options))
  const server = new DatagramServer(socket, { maxPipes, acceptor, ...ports })
  return new Listening('udp', socket.local, acceptor, () => server.close())
}

async function listenTcp(options: ListenOptions, maxPipes: number, acceptor: Acceptor, ports: PipePorts) {
  const { transport } = options
  const listener = await ports.network.listenTcp(bindOptions(options))
  const handshakes = new AbortController()
  let handshaking = 0
  listener.onConnection((connection) => {
    if (acceptor.count + handshaking >= maxPipes) return void connection.stream.destroy()
    const pipe = pipeOf(connection, ports)
    if (transport === 'tcp') return acceptor.offer(pipe)
    handshaking++
    const bounds = { timeoutMs: HANDSHAKE_MS, signal: handshakes.signal }
    withDeadline(ports.clock, bounds, 'agree on TLS with a client', (signal) =>
      securePipe(pipe, 'server', { ...(options.tls && { tls: options.tls }), signal }, ports),
    )
      .then(
        (secured) => acceptor.offer(secured),
        (error: PipeError) => {
          if (!handshakes.signal.aborted) acceptor.report(error)
        },
      )
      .finally(() => handshaking--)
  })
  return new Listening(transport, listener.local, acceptor, () => {
    handshakes.abort()
    return listener.close()
  })
}

function pipeOf({ stream, local, remote }: TcpConnection, { clock }: PipePorts): Pipe {
  return pipeFromStream(stream, { transport: 'tcp', local, remote, clock })
}

class Listening implements PipeServer {
  readonly transport: OpenTransport
  readonly local: TransportAddress
  readonly #acceptor: Acceptor
  readonly #stop: () => void | Promise<void>
  #closed: Promise<void> | undefined

  constructor(
    transport: OpenTransport,
    local: TransportAddress,
    acceptor: Acceptor,
    stop: () => void | Promise<void>,
  ) {
    this.transport = transport
    this.local = local
    this.#acceptor = acceptor
    this.#stop = stop
  }

  accept(bounds: Bounds = {}): Promise<Pipe> {
    return this.#acceptor.accept(bounds)
  }

  onPipe(listener: PipeListener): () => void {
    return this.#acceptor.onPipe(listener)
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Pipe> {
    while (this.#closed === undefined) {
      const pipe = await this.accept().catch((error: PipeError) => {
        if (error.code === 'PIPE_CLOSED') return undefined
        throw error
      })
      if (pipe === undefined) return
      yield pipe
    }
  }

  close(): Promise<void> {
    this.#closed ??= Promise.all([this.#stop(), this.#acceptor.close()]).then(() => {})
    return this.#closed
  }
}

function bindOptions({ local, interfaceName }: ListenOptions) {
  return { local, ...(interfaceName !== undefined && { interfaceName }) }
}

function checkListen(
  { transport, local, tls }: ListenOptions,
  maxPipes: number,
  { secure }: PipePorts,
): void {
  checkTransport(transport)
  checked(() => checkTransportAddress(local))
  if (!Number.isInteger(maxPipes) || maxPipes < 1) {
    throw new PipeError('PIPE_INVALID_ARGUMENT', `maxPipes is a whole number from 1: ${maxPipes}`)
  }
  if (transport !== 'tls') return
  if (secure === undefined) throw new PipeError('PIPE_UNSUPPORTED', 'TLS: no `secure` was handed in')
  if (tls?.key === undefined || tls.cert === undefined) {
    throw new PipeError('PIPE_INVALID_ARGUMENT', 'a TLS server needs `tls.key` and `tls.cert`')
  }
}
