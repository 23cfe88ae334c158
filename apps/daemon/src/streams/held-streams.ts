import type { PeerPipe } from '@p2pd/node'
import type { Duplex } from 'node:stream'
import { DaemonError } from '../daemon-error.ts'

/** Streams of one pipe that nobody has joined; each may hold a window of bytes. */
const MAX_STREAMS = 256
/** The peer opened more streams than clients take. */
const TOO_MANY = 16

type Stream = ReturnType<PeerPipe['openStream']>

/** A stream beside a pipe, until a client joins its connection to it. */
export class HeldStream {
  /** The number of the session, which the peer has as well. */
  readonly id: string
  readonly direction: 'in' | 'out'
  readonly service: string
  /** Bytes that the joined connection has sent and received. */
  readonly bytes = { sent: 0, received: 0 }
  readonly #stream: Stream
  #isJoined = false

  constructor(direction: 'in' | 'out', stream: Stream) {
    this.id = String(stream.id)
    this.direction = direction
    this.service = stream.service
    this.#stream = stream
  }

  get isJoined(): boolean {
    return this.#isJoined
  }

  /** Gives the stream away. Throws `DAEMON_IN_USE`. */
  join(): { readonly stream: Duplex; readonly unread: readonly Uint8Array[] } {
    if (this.#isJoined)
      throw new DaemonError('DAEMON_IN_USE', `the stream ${this.id} is joined to another connection`)
    this.#isJoined = true
    this.#stream.on('data', (data: Uint8Array) => void (this.bytes.received += data.length))
    return { stream: this.#stream as unknown as Duplex, unread: [] }
  }

  close(): void {
    this.#stream.destroy()
  }

  onClose(listener: () => void): void {
    this.#stream.once('close', listener)
  }
}

/** The streams beside one pipe: those that clients open, and those of the peer. */
export class HeldStreams {
  readonly #pipe: PeerPipe
  readonly #streams = new Map<string, HeldStream>()
  /** Bytes of streams that have closed. */
  readonly #closed = { sent: 0, received: 0 }
  /** Called with each stream that the peer has opened. */
  onIncoming = (_: HeldStream): void => {}

  constructor(pipe: PeerPipe) {
    this.#pipe = pipe
    pipe.onStream((stream) => {
      if (this.#streams.size >= MAX_STREAMS) stream.reset(TOO_MANY)
      else this.onIncoming(this.#hold('in', stream))
    })
    // An open stream would keep the session, and nobody can join these any more.
    pipe.onClose(() => this.#closeUnjoined())
  }

  /** Bytes of all its streams, closed ones too. */
  get bytes(): { readonly sent: number; readonly received: number } {
    const sum = { ...this.#closed }
    for (const { bytes } of this.#streams.values()) add(sum, bytes)
    return sum
  }

  /** The oldest first. */
  list(): HeldStream[] {
    return [...this.#streams.values()]
  }

  /** Throws `DAEMON_BUSY`. */
  open(service: string | undefined): HeldStream {
    if (this.#streams.size >= MAX_STREAMS)
      throw new DaemonError('DAEMON_BUSY', `a pipe has at most ${MAX_STREAMS} streams`)
    return this.#hold('out', this.#pipe.openStream(service))
  }

  /** Throws `DAEMON_NO_STREAM`. */
  get(id: string): HeldStream {
    const stream = this.#streams.get(id)
    if (stream === undefined) throw new DaemonError('DAEMON_NO_STREAM', `the pipe has no stream ${id}`)
    return stream
  }

  closeAll(): void {
    for (const stream of this.list()) stream.close()
  }

  #closeUnjoined(): void {
    for (const stream of this.list()) if (!stream.isJoined) stream.close()
  }

  #hold(direction: 'in' | 'out', stream: Stream): HeldStream {
    const held = new HeldStream(direction, stream)
    this.#streams.set(held.id, held)
    held.onClose(() => {
      this.#streams.delete(held.id)
      add(this.#closed, held.bytes)
    })
    return held
  }
}

function add(sum: { sent: number; received: number }, { sent, received }: HeldStream['bytes']): void {
  sum.sent += sent
  sum.received += received
}
