import {
  type ByteStream,
  type Clock,
  familyOf,
  formatTransportAddress,
  type RandomBytes,
  type TcpConnection,
  type TcpDialer,
  type TcpListener,
  type TransportAddress,
  withDeadline,
} from '@p2pd/netif'
import {
  AttributeType,
  ErrorCode,
  encodeMessage,
  encodeXorMappedAddress,
  MessageClass,
  Method,
} from '@p2pd/stun'
import type { TurnClient } from './turn-client.ts'

/** A connection waits so long for its data connection, and a peer so long for an answer. RFC 6062 §5.2, §5.3. */
const BIND_MS = 30_000

/** Connections of one allocation, those that wait included. */
const MAX_CONNECTIONS = 64

/** The parts that all TCP relays of a server share. */
export interface TcpRelayContext {
  readonly clock: Clock
  readonly random: RandomBytes
  readonly dialer: TcpDialer
  /** Connections that wait for a data connection, by their id. */
  readonly waiting: Map<string, WaitingConnection>
}

/** A connection with a peer that no data connection is bound to. */
export interface WaitingConnection {
  readonly relay: TcpRelay
  readonly stream: ByteStream
  readonly cancel: () => void
}

/** The TCP side of an allocation: connections with peers, each joined to a data connection. RFC 6062 §5. */
export class TcpRelay {
  /** One, or one of each family. */
  readonly #listeners: readonly TcpListener[]
  readonly #context: TcpRelayContext
  readonly #streams = new Set<ByteStream>()
  /** Peers with a connection, or that are being dialled. RFC 6062 §5.2. */
  readonly #peers = new Set<string>()
  readonly #closing = new AbortController()
  /** The user of the allocation: nobody else may bind its connections. */
  readonly username: string

  constructor(listeners: readonly TcpListener[], username: string, context: TcpRelayContext) {
    this.#listeners = listeners
    this.username = username
    this.#context = context
  }

  get relayed(): readonly TransportAddress[] {
    return this.#listeners.map(({ local }) => local)
  }

  /** Takes connections of permitted peers, and announces them to the client. RFC 6062 §5.3. */
  begin(client: TurnClient, isPermitted: (ip: string) => boolean): void {
    const take = (connection: TcpConnection) => {
      connection.stream.on('error', () => {}) // `close` follows
      const { remote, stream } = connection
      if (!isPermitted(remote.ip) || this.#streams.size >= MAX_CONNECTIONS) return void stream.destroy()
      const id = this.#wait(connection)
      const transactionId = this.#context.random(12)
      const attributes = [
        { type: AttributeType.ConnectionId, value: id },
        { type: AttributeType.XorPeerAddress, value: encodeXorMappedAddress(remote, transactionId) },
      ]
      const { Indication } = MessageClass
      client.send(
        encodeMessage({ class: Indication, method: Method.ConnectionAttempt, transactionId, attributes }),
      )
    }
    for (const listener of this.#listeners) listener.onConnection(take)
  }

  /** Connects to a peer; resolves with the id of the connection, or with an error code. RFC 6062 §5.2. */
  async connect(remote: TransportAddress): Promise<Uint8Array | number> {
    const key = formatTransportAddress(remote)
    if (this.#peers.has(key)) return ErrorCode.ConnectionAlreadyExists
    const from = this.relayed.find(({ ip }) => familyOf(ip) === familyOf(remote.ip))
    if (from === undefined) return ErrorCode.PeerAddressFamilyMismatch
    if (this.#streams.size >= MAX_CONNECTIONS) return ErrorCode.InsufficientCapacity
    this.#peers.add(key)
    const { clock, dialer } = this.#context
    const deadline = { clock, timeoutMs: BIND_MS, signal: this.#closing.signal }
    const local = { ip: from.ip, port: 0 }
    try {
      const connection = await withDeadline(deadline, (signal) => dialer.dial({ remote, local, signal }))
      connection.stream.on('error', () => {}) // `close` follows
      connection.stream.once('close', () => this.#peers.delete(key))
      return this.#wait(connection)
    } catch {
      this.#peers.delete(key)
      return ErrorCode.ConnectionTimeoutOrFailure // The client learns it.
    }
  }

  /** Joins a data connection to the connection with the peer. RFC 6062 §5.4. */
  join(peer: ByteStream, data: ByteStream): void {
    this.#keep(data)
    forward(peer, data)
    forward(data, peer)
  }

  close(): void {
    this.#closing.abort()
    for (const listener of this.#listeners) void listener.close()
    for (const [key, { relay, cancel }] of this.#context.waiting) {
      if (relay !== this) continue
      cancel()
      this.#context.waiting.delete(key)
    }
    for (const stream of this.#streams) stream.destroy()
  }

  #wait({ stream }: TcpConnection): Uint8Array {
    const { clock, random, waiting } = this.#context
    const id = random(4)
    const key = id.join('.')
    this.#keep(stream)
    const cancel = clock.at(clock.now() + BIND_MS, () => {
      waiting.delete(key)
      stream.destroy()
    })
    waiting.set(key, { relay: this, stream, cancel })
    return id
  }

  #keep(stream: ByteStream): void {
    this.#streams.add(stream)
    stream.once('close', () => this.#streams.delete(stream))
  }
}

/** Passes on bytes and their end; a connection that breaks breaks the other one. */
function forward(from: ByteStream, to: ByteStream): void {
  from.pipe(to)
  from.once('close', () => {
    if (!from.readableEnded) to.destroy()
  })
}
