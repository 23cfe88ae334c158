import type { ByteStream, Clock, TcpConnection, TcpDialer, TransportAddress } from '@p2pd/netif'
import { ConnectBackOutcome, MessageFramer, StunError } from '@p2pd/stun'
import { connectBack } from './connect-back.ts'
import type { ConnectionLimit } from './connection-limit.ts'
import { type RateLimit, sourceKey } from './rate-limit.ts'
import { type Answer, answer } from './stun-answer.ts'

/** A client that sends no request in this time is disconnected. */
const FIRST_REQUEST_MS = 10_000

/** Idle nodes keep a connection open to hold a mapping; a dead connection has to end. */
const IDLE_MS = 3_600_000

/** Clients that are dialled back at one time. */
const MAX_CONNECT_BACKS = 64

/** The parts that all connections of a server share. */
export interface StunTcpContext {
  readonly dialer: TcpDialer
  readonly clock: Clock
  readonly rate: RateLimit
  readonly connections: ConnectionLimit
}

/** The messages that a chunk completes; undefined when the stream is not STUN. */
function decode(framer: MessageFramer, chunk: Uint8Array): Uint8Array[] | undefined {
  try {
    return framer.decode(chunk)
  } catch (error) {
    if (error instanceof StunError) return undefined
    throw error
  }
}

/** Writes a response. While a client does not read its responses, the server does not read its requests. */
function write(stream: ByteStream, data: Uint8Array): void {
  if (!stream.writable || stream.write(data)) return
  stream.pause()
  stream.once('drain', () => stream.resume())
}

/** Serves STUN on the connections it is given. RFC 8489 §6.2.2. */
export class StunTcpServer {
  readonly #context: StunTcpContext
  /** Aborts the dials that are under way when the server closes. */
  readonly #closing = new AbortController()
  /** Sources that are being dialled back: one attempt each. */
  readonly #dialledBack = new Set<string>()
  /** Connections to clients that were dialled back. */
  readonly #greeted = new Set<ByteStream>()

  constructor(context: StunTcpContext) {
    this.#context = context
  }

  /** Takes a connection that came to `connection.local`; `other` as in {@link Arrival}. */
  accept(connection: TcpConnection, other: TransportAddress | undefined): void {
    const { stream, remote } = connection
    const { clock, connections } = this.#context
    stream.on('error', () => {}) // `close` follows
    if (!connections.add(remote.ip, stream)) return
    const framer = new MessageFramer()
    const destroy = () => stream.destroy()
    let cancelIdle = clock.at(clock.now() + FIRST_REQUEST_MS, destroy)
    stream.on('close', () => cancelIdle())
    stream.on('end', () => stream.end())
    stream.on('data', (chunk: Uint8Array) => {
      cancelIdle()
      cancelIdle = clock.at(clock.now() + IDLE_MS, destroy)
      const requests = decode(framer, chunk)
      if (requests === undefined) return destroy()
      for (const request of requests) this.#serve(request, connection, other)
    })
  }

  close(): void {
    this.#closing.abort()
    this.#context.connections.destroyAll()
    for (const stream of this.#greeted) stream.destroy()
  }

  #serve(request: Uint8Array, connection: TcpConnection, other: TransportAddress | undefined): void {
    const { local, remote: source, stream } = connection
    const { rate, clock } = this.#context
    if (!rate.allow(source.ip, clock.now())) return
    const todo = answer(request, { transport: 'tcp', source, local, other })
    if (todo === undefined) return
    if (todo.type === 'reply') return write(stream, todo.data)
    void this.#connectBack(todo, source).then((outcome) => write(stream, todo.report(outcome)))
  }

  async #connectBack(
    { fromIp, greeting }: Extract<Answer, { type: 'connect-back' }>,
    to: TransportAddress,
  ): Promise<ConnectBackOutcome> {
    const { dialer, clock } = this.#context
    const key = sourceKey(to.ip)
    const busy = this.#dialledBack.has(key) || this.#dialledBack.size >= MAX_CONNECT_BACKS
    if (fromIp === undefined || busy) return ConnectBackOutcome.NotTried
    this.#dialledBack.add(key)
    try {
      const keep = (stream: ByteStream) => this.#keep(stream)
      return await connectBack(
        { dialer, clock, signal: this.#closing.signal, keep },
        { fromIp, to, greeting },
      )
    } finally {
      this.#dialledBack.delete(key)
    }
  }

  #keep(stream: ByteStream): void {
    this.#greeted.add(stream)
    stream.once('close', () => this.#greeted.delete(stream))
  }
}
