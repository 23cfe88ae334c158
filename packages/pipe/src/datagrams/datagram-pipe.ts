import {
  type ByteStream,
  type Clock,
  checkTransportAddress,
  type Family,
  familyOf,
  formatTransportAddress,
  sameTransportAddress,
  type TransportAddress,
  type UdpSocket,
} from '@p2pd/netif'
import { Inbox } from '../messages/inbox.ts'
import { compileIp, type Message } from '../messages/pattern.ts'
import { checked, isClose, PipeError, toPipeError } from '../pipe-error.ts'
import type { Pipe } from '../pipe.ts'
import { TransportPipe } from '../transport-pipe.ts'

/** One end of a datagram pipe as `datagramStream` needs it. */
export interface DatagramEnd {
  recv(): Promise<Message>
  send(data: Uint8Array): Promise<void>
  close(): Promise<void>
}

/** Makes a Duplex of datagrams; `@p2pd/pipe/node` has one. */
export type DatagramStream = (end: DatagramEnd) => ByteStream

/** The options of a datagram pipe. */
export interface DatagramPipeOptions {
  /** The only peer. @default anybody, and `send` needs `to` */
  readonly remote?: TransportAddress
  readonly clock: Clock
  /** @default the pipe has no `stream` */
  readonly datagramStream?: DatagramStream
}

/** 65,535 less the UDP and, over IPv4, the IP header. RFC 768, RFC 791 §3.1, RFC 8200 §3. */
const MAX_DATAGRAM: Readonly<Record<Family, number>> = { IPv4: 65_507, IPv6: 65_527 }

const SENT: Promise<void> = Promise.resolve()
const ENCODER = new TextEncoder()

/**
 * Makes a pipe of a bound socket; the pipe owns it from then on. Throws `NETIF_INVALID_ARGUMENT` when `remote.ip` is not an
 * address.
 */
export function pipeFromUdp(socket: UdpSocket, options: DatagramPipeOptions): Pipe {
  const pipe = new DatagramPipe(socket, options)
  const { remote } = options
  if (remote === undefined) {
    socket.onMessage((data, from) => pipe.receive({ data, from }))
    return pipe
  }
  const isRemote = compileIp(remote.ip)
  socket.onMessage((data, from) => {
    if (from.port === remote.port && isRemote(from.ip)) pipe.receive({ data, from })
  })
  return pipe
}

/** A pipe over a UDP socket, or over a server's share of one. */
export class DatagramPipe extends TransportPipe {
  readonly transport = 'udp'
  readonly local: TransportAddress
  declare readonly remote?: TransportAddress
  readonly #socket: Pick<UdpSocket, 'send' | 'close'>
  readonly #family: Family
  readonly #maxLength: number
  readonly #inbox: Inbox
  readonly #datagramStream: DatagramStream | undefined
  #stream: ByteStream | undefined
  /** Checking an address costs as much as sending a datagram. */
  #checkedIp = ''

  constructor(
    socket: Pick<UdpSocket, 'local' | 'send' | 'close'>,
    { remote, clock, datagramStream }: DatagramPipeOptions,
  ) {
    super()
    this.local = socket.local
    this.#family = familyOf(socket.local.ip)
    this.#maxLength = MAX_DATAGRAM[this.#family]
    if (remote !== undefined) {
      this.#checkDestination(remote)
      this.remote = remote
    }
    this.#socket = socket
    this.#datagramStream = datagramStream
    this.#inbox = new Inbox({
      clock,
      overflow: 'drop-oldest',
      flow: () => {},
      report: (error) => {
        // A handler that was still sending when the pipe closed: onClose tells that.
        if (!isClose(error) || !this.closed) this.report(error)
      },
    })
  }

  get stream(): ByteStream {
    if (this.#stream !== undefined) return this.#stream
    if (this.#datagramStream === undefined || this.remote === undefined) {
      const why = this.remote === undefined ? 'it talks to anybody' : 'no datagramStream was handed in'
      throw new PipeError('PIPE_UNSUPPORTED', `this datagram pipe has no stream: ${why}`)
    }
    const inbox = this.#inbox
    const unread = inbox.release()
    this.#stream = this.#datagramStream({
      recv: () => inbox.recv(),
      send: (data) => this.send(data),
      close: () => this.close(),
    })
    for (const message of unread) inbox.deliver(message)
    return this.#stream
  }

  /** Takes a datagram from the network. */
  receive(message: Message): void {
    if (!this.closed) this.#inbox.deliver(message)
  }

  send(data: Uint8Array | string, to: TransportAddress | undefined = this.remote): Promise<void> {
    try {
      this.#send(data, to)
      return SENT
    } catch (error) {
      return Promise.reject(toPipeError(error, 'send'))
    }
  }

  close(): Promise<void> {
    if (this.closed) return Promise.resolve()
    this.#socket.close()
    this.ended(undefined)
    this.#inbox.end(new PipeError('PIPE_CLOSED', 'recv: the pipe is closed'), true)
    this.#stream?.destroy()
    return Promise.resolve()
  }

  protected override messages(): Inbox {
    if (this.#stream !== undefined) {
      throw new PipeError('PIPE_IN_USE', 'messages: the datagrams of the pipe are read through its stream')
    }
    return this.#inbox
  }

  #send(data: Uint8Array | string, to: TransportAddress | undefined): void {
    if (this.closed) throw new PipeError('PIPE_CLOSED', 'send: the pipe is closed')
    const bytes = typeof data === 'string' ? ENCODER.encode(data) : data
    if (!(bytes instanceof Uint8Array)) {
      throw new PipeError('PIPE_INVALID_ARGUMENT', `send: neither bytes nor text: ${String(data)}`)
    }
    const most = this.#maxLength
    if (bytes.length > most) {
      throw new PipeError('PIPE_TOO_LARGE', `send: ${bytes.length} bytes, a datagram has at most ${most}`)
    }
    if (to === undefined) {
      throw new PipeError('PIPE_INVALID_ARGUMENT', 'send: this pipe has no remote: say to whom')
    }
    if (to !== this.remote) this.#checkTo(to)
    this.#socket.send(bytes, to)
  }

  #checkTo(to: TransportAddress): void {
    const { remote } = this
    if (remote !== undefined && sameTransportAddress(remote, to)) return
    if (to.ip !== this.#checkedIp || to.port < 1 || to.port > 65535) this.#checkDestination(to)
    this.#checkedIp = to.ip
    if (remote === undefined || (remote.port === to.port && compileIp(remote.ip)(to.ip))) return
    throw new PipeError(
      'PIPE_INVALID_ARGUMENT',
      `send: this pipe goes to ${formatTransportAddress(remote)} alone`,
    )
  }

  #checkDestination(to: TransportAddress): void {
    checked(() => checkTransportAddress(to))
    if (to.port === 0) throw new PipeError('PIPE_INVALID_ARGUMENT', 'nobody receives at port 0')
    if (familyOf(to.ip) !== this.#family) {
      throw new PipeError('PIPE_FAMILY_MISMATCH', `no way from ${this.local.ip} to ${to.ip}: two families`)
    }
  }
}
