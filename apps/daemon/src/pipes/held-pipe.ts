import type { PeerPipe } from '@p2pd/node'
import type { Duplex } from 'node:stream'
import { DaemonError } from '../daemon-error.ts'
import { HeldStreams } from '../streams/held-streams.ts'
import { JoinedConnection } from './joined-connection.ts'
import { Inbox } from './inbox.ts'
import { PathMoves } from './path-moves.ts'

/** The subscription that takes every message: each pipe begins with it. */
export const ALL = 'all'
/** How long a peer that has ended gets an answer from a client that reads by polling. */
const ANSWER_MS = 5000

/** A pipe that clients of the daemon use by its name. */
export class HeldPipe {
  readonly name: string
  readonly direction: 'in' | 'out'
  readonly pipe: PeerPipe
  /** The client that it ends with. */
  readonly client: string | undefined
  readonly openedAt = Date.now()
  readonly inbox: Inbox
  readonly moves: PathMoves
  readonly streams: HeldStreams
  /** Bytes of the pipe alone, without its streams. */
  readonly bytes = { sent: 0, received: 0 }
  /** Resolves when the pipe has closed. */
  readonly closed: Promise<void>
  readonly #stream: Duplex
  #sending: Promise<void> = Promise.resolve()
  /** The connection that its bytes go to. */
  #joined: JoinedConnection | undefined
  #answerTimer: NodeJS.Timeout | undefined

  constructor(name: string, pipe: PeerPipe, { direction, client }: Pick<HeldPipe, 'direction' | 'client'>) {
    this.name = name
    this.client = client
    this.pipe = pipe
    this.direction = direction
    this.#stream = pipe.stream as unknown as Duplex
    this.#stream.on('error', () => {}) // The end of the pipe tells it.
    this.inbox = new Inbox(this.#stream, (data) => ({ data, from: pipe.remote ?? pipe.local }))
    this.#stream.on('data', (data: Uint8Array) => void (this.bytes.received += data.length))
    this.inbox.subscribe(ALL)
    this.moves = new PathMoves(pipe)
    this.streams = new HeldStreams(pipe)
    this.#stream.on('end', () => this.#onPeerEnd())
    this.closed = new Promise((resolve) => {
      pipe.onClose(() => {
        clearTimeout(this.#answerTimer)
        this.inbox.end()
        resolve()
      })
    })
  }

  /** All bytes since the pipe was opened: a forwarded connection is a stream beside it. */
  get traffic(): { readonly sent: number; readonly received: number } {
    const { bytes } = this.streams
    return { sent: this.bytes.sent + bytes.sent, received: this.bytes.received + bytes.received }
  }

  /** Whether its bytes go to another connection, and no longer to the inbox. */
  get isJoined(): boolean {
    return this.#joined !== undefined
  }

  /** Sends bytes after those of earlier calls; resolves when the stream has room for more. */
  send(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<number> {
    this.#checkFree()
    const sent = this.#sending.then(() => this.#sendAll(pieces))
    this.#sending = sent.then(
      () => {},
      () => {},
    )
    return sent
  }

  /** Gives the stream away, and the messages that nobody has read, which come before its bytes. */
  join(connection: Duplex): { readonly stream: Duplex; readonly unread: readonly Uint8Array[] } {
    this.#checkFree()
    this.#joined = new JoinedConnection(connection, this.#stream)
    clearTimeout(this.#answerTimer)
    const unread = this.inbox.release(ALL).map(({ data }) => data)
    return { stream: this.#stream, unread }
  }

  /**
   * Closes the pipe when the peer has all that was sent, by a joined connection too. Fails with `DAEMON_PIPE_LOST` when the
   * peer does not get it.
   */
  async close(): Promise<void> {
    clearTimeout(this.#answerTimer)
    await this.#joined?.taken()
    await this.pipe.close().catch((cause: Error) => {
      throw lost(cause.message, { cause })
    })
    const { errored: cause } = this.#stream
    if (cause) throw lost(cause.message, { cause })
    if (this.#joined?.isCut) throw lost('the peer closed it before it had everything')
  }

  /** Ends the pipe and its streams at once: the client that used them has gone. */
  drop(): void {
    clearTimeout(this.#answerTimer)
    this.streams.closeAll()
    this.#stream.destroy()
    void this.pipe.close().catch(() => {}) // Nobody is there who waits for the reason.
  }

  async #sendAll(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<number> {
    let sent = 0
    for await (const piece of pieces) {
      await this.#write(piece)
      sent += piece.length
      this.bytes.sent += piece.length
    }
    return sent
  }

  #write(piece: Uint8Array): Promise<void> {
    const stream = this.#stream
    if (this.#answerTimer !== undefined) this.#onPeerEnd()
    if (!stream.writable) return Promise.reject(new DaemonError('DAEMON_NO_PIPE', 'the pipe has closed'))
    if (stream.write(piece)) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const settle = (error?: Error) => {
        stream.off('drain', onDrain).off('close', onClose)
        if (error === undefined) resolve()
        else reject(error)
      }
      const onDrain = () => settle()
      const onClose = () =>
        settle(new DaemonError('DAEMON_NO_PIPE', 'the pipe closed before it had taken everything'))
      stream.on('drain', onDrain).on('close', onClose)
    })
  }

  /** Ends this side some time after the peer has ended its own, and after the last answer. */
  #onPeerEnd(): void {
    this.inbox.end()
    if (this.isJoined) return
    clearTimeout(this.#answerTimer)
    this.#answerTimer = setTimeout(() => this.#stream.end(), ANSWER_MS)
  }

  #checkFree(): void {
    if (this.isJoined)
      throw new DaemonError('DAEMON_IN_USE', `the pipe "${this.name}" is joined to another connection`)
  }
}

function lost(why: string, options?: ErrorOptions): DaemonError {
  return new DaemonError('DAEMON_PIPE_LOST', `the pipe ended by an error: ${why}`, options)
}
