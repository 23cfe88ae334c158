import type { ByteStream, Clock, TcpConnection, TcpDialer, TransportAddress } from '@p2pd/netif'
import { ConnectBackOutcome, MessageFramer, StunError } from '@p2pd/stun'
import { TurnError, TurnFramer } from '@p2pd/turn'
import { connectBack } from './connect-back.ts'
import type { ConnectionLimit } from './connection-limit.ts'
import { type RateLimit, sourceKey } from './rate-limit.ts'
import { type Answer, answer } from './stun-answer.ts'
import { isTurnPacket, isTurnRequest } from './turn/is-turn-packet.ts'
import { MAX_QUEUED_BYTES, type TurnClient } from './turn/turn-client.ts'
import type { OpenTls } from './nodejs/tls-server.ts'
import type { TurnServer } from './turn/turn-server.ts'

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
  readonly turn: TurnServer | undefined
  /** Tells TLS from plain TCP. @default plain TCP alone */
  readonly openTls?: OpenTls | undefined
}

/** The messages that a chunk completes; undefined when the stream is not STUN. */
function decode(framer: MessageFramer | TurnFramer, chunk: Uint8Array): Uint8Array[] | undefined {
  try {
    return framer.decode(chunk)
  } catch (error) {
    if (error instanceof StunError || error instanceof TurnError) return undefined
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
  /** Numbers the connections. */
  #count = 0
  /** Connections to clients that were dialled back. */
  readonly #greeted = new Set<ByteStream>()

  constructor(context: StunTcpContext) {
    this.#context = context
  }

  /** Takes a connection that came to `connection.local`; `other` as in {@link Arrival}. */
  accept(connection: TcpConnection, other: TransportAddress | undefined): void {
    const { stream, remote } = connection
    const { clock, connections, openTls } = this.#context
    stream.on('error', () => {}) // `close` follows
    if (!connections.add(remote.ip, stream)) return
    if (openTls === undefined) return this.#serveConnection(connection, other)
    const cancel = clock.at(clock.now() + FIRST_REQUEST_MS, () => stream.destroy())
    stream.once('close', cancel)
    openTls(stream, (opened) => {
      cancel()
      this.#serveConnection({ ...connection, stream: opened }, other)
    })
  }

  #serveConnection(connection: TcpConnection, other: TransportAddress | undefined): void {
    const { stream } = connection
    const { clock, turn } = this.#context
    const framer = turn ? new TurnFramer() : new MessageFramer()
    const destroy = () => stream.destroy()
    let cancelIdle = clock.at(clock.now() + FIRST_REQUEST_MS, destroy)
    const end = () => stream.end()
    const receive = (chunk: Uint8Array) => {
      cancelIdle()
      cancelIdle = clock.at(clock.now() + IDLE_MS, destroy)
      const packets = decode(framer, chunk)
      if (packets === undefined) return destroy()
      for (const packet of packets) {
        if (turn && isTurnPacket(packet)) this.#serveTurn(turn, client, packet)
        else this.#serve(packet, connection, other)
      }
    }
    const release = () => {
      cancelIdle()
      stream.off('end', end).off('data', receive).pause()
    }
    const client = newTurnClient(connection, ++this.#count, release)
    stream.on('close', () => {
      cancelIdle()
      turn?.disconnected(client)
    })
    stream.on('end', end).on('data', receive)
  }

  close(): void {
    this.#closing.abort()
    this.#context.connections.destroyAll()
    for (const stream of this.#greeted) stream.destroy()
  }

  /** Data is bounded by the limit of its allocation; only requests count against the rate. */
  #serveTurn(turn: TurnServer, client: TurnClient, packet: Uint8Array): void {
    const { rate, clock } = this.#context
    if (isTurnRequest(packet) && !rate.allow(client.source.ip, clock.now())) return
    turn.receive(client, packet)
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

/** A connection as the TURN server sees it; `release` ends the reading of requests. */
function newTurnClient(
  { stream, local, remote: source }: TcpConnection,
  number: number,
  release: () => void,
): TurnClient {
  return {
    transport: 'tcp',
    source,
    local,
    key: `connection ${number}`,
    send: (packet) => {
      if (stream.writable && stream.writableLength <= MAX_QUEUED_BYTES) stream.write(packet)
    },
    takeStream: () => {
      release()
      return stream
    },
  }
}
