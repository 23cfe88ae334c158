import { type ByteStream, type Clock, formatTransportAddress, type TransportAddress } from '@p2pd/netif'
import { Inbox } from '../messages/inbox.ts'
import type { Message } from '../messages/pattern.ts'
import type { Pipe, Transport } from '../pipe.ts'
import { isClose, PipeError, toPipeError } from '../pipe-error.ts'
import { TransportPipe } from '../transport-pipe.ts'

/**
 * Makes a Duplex of a stream that is still being opened: the bytes that come before `opened` resolves are not read
 * through it. `@p2pd/pipe/node` has one.
 */
export type OpeningStream = (stream: ByteStream, opened: Promise<unknown>) => ByteStream

/** The facts about a stream that it does not know itself, and how the pipe reads it. */
export interface StreamPipeOptions {
  readonly transport: Exclude<Transport, 'udp'>
  readonly local: TransportAddress
  readonly remote: TransportAddress
  readonly clock: Clock
  /**
   * The pipe reads nothing from its stream before this resolves, so that its maker can take a reply off the stream
   * first. It sends at once. A rejection ends the pipe: with that error if it is a `PipeError`, else with
   * `PIPE_NOT_OPENED`. @default read at once
   */
  readonly opened?: Promise<unknown>
  /** Makes the `stream` of a pipe that is asked for it before `opened` resolves. @default `PIPE_IN_USE` until then */
  readonly openingStream?: OpeningStream
  /**
   * Closes whatever carries the stream; resolves when the peer has all that was sent. The pipe then destroys the stream.
   * @default the stream is ended, and destroyed when the peer does not end its side within a second
   */
  readonly close?: () => Promise<void>
}

/**
 * How long a close waits for the peer to take the last bytes and to close its side. A second is enough for a
 * lost FIN to be sent again (RFC 6298 §2.1). Destroying at once could take data back by a RST
 * (RFC 9293 §3.10.4).
 */
const LINGER_MS = 1000

const SENT: Promise<void> = Promise.resolve()

/** Makes a pipe of a connected stream; the pipe owns it from then on. */
export function pipeFromStream(stream: ByteStream, options: StreamPipeOptions): Pipe {
  return new StreamPipe(stream, options)
}

/** Where a stream's listeners find its pipe. */
const OWNER = Symbol('pipe')
type OwnedStream = ByteStream & { [OWNER]: StreamPipe }

class StreamPipe extends TransportPipe {
  readonly transport: Transport
  readonly local: TransportAddress
  readonly remote: TransportAddress
  readonly #stream: ByteStream
  readonly #clock: Clock
  readonly #closeCarrier: (() => Promise<void>) | undefined
  /** Made when the first message is asked for: an idle pipe costs little more than its socket. */
  #inbox: Inbox | undefined
  /** The stream that was given out: from then on the bytes are read there. */
  #taken: ByteStream | undefined
  /** Until `opened` resolves. */
  #opening: Pick<StreamPipeOptions, 'opened' | 'openingStream'> | undefined
  #error: PipeError | undefined
  #drain: { promise: Promise<void>; resolve(): void; reject(error: PipeError): void } | undefined
  #closing: Promise<void> | undefined

  constructor(
    stream: ByteStream,
    { transport, local, remote, clock, opened, openingStream, close }: StreamPipeOptions,
  ) {
    super()
    this.transport = transport
    this.local = local
    this.remote = remote
    this.#stream = stream
    this.#clock = clock
    this.#closeCarrier = close
    // Node would end our side with the peer's, before what came last could be answered.
    stream.allowHalfOpen = true
    ;(stream as OwnedStream)[OWNER] = this
    stream.on('error', onError)
    stream.on('end', onEnd)
    stream.on('close', onClose)
    if (stream.closed) queueMicrotask(() => this.closedByStream())
    else if (stream.readableEnded) queueMicrotask(() => this.endedByPeer())
    if (opened === undefined) return
    this.#opening = { opened, ...(openingStream && { openingStream }) }
    opened.then(
      () => this.#open(),
      (error: unknown) => this.#notOpened(error),
    )
  }

  get stream(): ByteStream {
    if (this.#taken !== undefined) return this.#taken
    const unread = this.#inbox?.release() ?? []
    if (this.#opening !== undefined) return this.#takeEarly(this.#opening)
    if (unread.length > 0 && this.#stream.readableEnded) {
      throw new PipeError('PIPE_IN_USE', 'the stream: it has ended, and its last messages wait for recv')
    }
    this.#taken = this.#stream
    if (this.#inbox !== undefined) this.#giveBack(unread)
    return this.#stream
  }

  send(data: Uint8Array | string, to?: TransportAddress): Promise<void> {
    const stream = this.#stream
    if (this.#closing !== undefined || !stream.writable) return Promise.reject(this.#closedError('send'))
    if (typeof data !== 'string' && !(data instanceof Uint8Array)) {
      return Promise.reject(
        new PipeError('PIPE_INVALID_ARGUMENT', `send: neither bytes nor text: ${String(data)}`),
      )
    }
    if (to !== undefined && !this.#isRemote(to)) {
      const told = `send: this pipe goes to ${formatTransportAddress(this.remote)} alone`
      return Promise.reject(new PipeError('PIPE_INVALID_ARGUMENT', told))
    }
    return stream.write(data) ? SENT : this.#drained()
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown()
    return this.#closing
  }

  #shutDown(): Promise<void> {
    this.#inbox?.end(this.#closedError('recv', true), true)
    // A stream that has ended both ways is closed, though its carrier may have bytes that the peer has not.
    if (this.#closeCarrier !== undefined && (!this.closed || this.#error === undefined))
      return this.#shutDownCarrier(this.#closeCarrier)
    if (this.closed) return Promise.resolve()
    const stream = this.#stream
    return new Promise((resolve) => {
      const cancelLinger = this.#clock.at(this.#clock.now() + LINGER_MS, () => stream.destroy())
      stream.once('close', () => {
        cancelLinger()
        resolve()
      })
      stream.end()
      // Unread bytes would hide the peer's end.
      stream.unpipe()
      stream.resume()
    })
  }

  async #shutDownCarrier(close: () => Promise<void>): Promise<void> {
    const doing = `close the pipe to ${formatTransportAddress(this.remote)}`
    const failed = await close().then(
      () => undefined,
      (error: unknown) => toPipeError(error, doing),
    )
    const closed = new Promise<void>((resolve) => this.onClose(() => resolve()))
    this.#stream.destroy()
    await closed
    // An error of the stream itself is why its carrier ended.
    if (failed !== undefined) throw this.#error === undefined ? failed : this.#closedError('close')
  }

  #takeEarly({ opened, openingStream }: Pick<StreamPipeOptions, 'opened' | 'openingStream'>): ByteStream {
    if (opened === undefined || openingStream === undefined) {
      throw new PipeError('PIPE_IN_USE', 'the stream: the pipe is still being opened')
    }
    this.#taken = openingStream(this.#stream, opened)
    return this.#taken
  }

  #open(): void {
    this.#opening = undefined
    if (this.#closing !== undefined) return void this.#stream.resume()
    if (this.#inbox !== undefined && this.#taken === undefined) this.#startReading(this.#inbox)
    if (this.#stream.readableEnded) this.endedByPeer()
  }

  #notOpened(cause: unknown): void {
    this.#opening = undefined
    if (this.closed) return
    const { message = String(cause) } = cause as { message?: string }
    this.failed(cause instanceof PipeError ? cause : new PipeError('PIPE_NOT_OPENED', message, { cause }))
    this.#stream.destroy()
  }

  /** The inbox, which reads the stream from the first call on. */
  protected override messages(): Inbox {
    if (this.#taken !== undefined) {
      throw new PipeError('PIPE_IN_USE', 'messages: the bytes of the pipe are read through its stream')
    }
    if (this.#inbox !== undefined) return this.#inbox
    const inbox = new Inbox({
      clock: this.#clock,
      overflow: 'pause',
      flow: (paused) => this.#flow(paused),
      report: (error) => {
        // A handler that was still sending when the pipe ended: onClose tells that.
        if (!isClose(error) || this.#stream.writable) this.report(error)
      },
    })
    this.#inbox = inbox
    if (this.#opening === undefined || this.#closing !== undefined) this.#startReading(inbox)
    return inbox
  }

  #startReading(inbox: Inbox): void {
    const stream = this.#stream
    const hasEnded = this.#closing !== undefined || stream.destroyed || stream.readableEnded
    if (hasEnded) inbox.end(this.#closedError('recv'), false)
    else stream.on('data', onData)
  }

  #flow(paused: boolean): void {
    if (this.#taken !== undefined || this.#opening !== undefined) return
    if (paused && this.#closing === undefined) this.#stream.pause()
    else this.#stream.resume()
  }

  /** Makes the stream what it was before messages were read, with the unread bytes in it. */
  #giveBack(unread: readonly Message[]): void {
    const stream = this.#stream
    stream.off('data', onData)
    stream.pause()
    for (const { data } of unread.toReversed())
      stream.unshift(data)
      // Not paused but not begun: then a reader's 'data' listener starts it, as on a fresh stream.
    ;(stream as { readableFlowing: boolean | null }).readableFlowing = null
  }

  #drained(): Promise<void> {
    if (this.#drain !== undefined) return this.#drain.promise
    let settle = {} as { resolve(): void; reject(error: PipeError): void }
    const promise = new Promise<void>((resolve, reject) => {
      settle = { resolve, reject }
    })
    this.#drain = { promise, ...settle }
    this.#stream.once('drain', () => {
      this.#drain = undefined
      settle.resolve()
    })
    return promise
  }

  #isRemote({ ip, port }: TransportAddress): boolean {
    return ip === this.remote.ip && port === this.remote.port
  }

  #closedError(doing: string, isOwnEnd = this.#closing !== undefined): PipeError {
    if (this.#error !== undefined) {
      return new PipeError(this.#error.code, `${doing}: ${this.#error.message}`, { cause: this.#error })
    }
    const who = isOwnEnd ? 'the pipe is closed' : 'the peer closed the pipe'
    return new PipeError('PIPE_CLOSED', `${doing}: ${who}`)
  }

  endedByPeer(): void {
    if (this.#taken !== undefined || this.#opening !== undefined) return
    const end = () => this.#stream.end()
    this.#inbox?.end(this.#closedError('recv'), false)
    if (this.#inbox === undefined) end()
    else this.#inbox.whenAnswered(end)
  }

  closedByStream(): void {
    const error = this.#closing === undefined ? this.#error : undefined
    this.#drain?.reject(this.#closedError('send'))
    this.#drain = undefined
    this.ended(error)
    this.#inbox?.end(this.#closedError('recv'), false)
  }

  /** Keeps the error of the stream until the stream closes. */
  failed(error: unknown): void {
    this.#error ??= toPipeError(error, `use the pipe to ${formatTransportAddress(this.remote)}`)
  }

  received(data: Uint8Array): void {
    this.#inbox?.deliver({ data, from: this.remote })
  }
}

// The stream's listeners, shared by all pipes: functions of each pipe's own would double its memory.

function onData(this: ByteStream, data: Uint8Array): void {
  ;(this as OwnedStream)[OWNER].received(data)
}

function onError(this: ByteStream, error: unknown): void {
  ;(this as OwnedStream)[OWNER].failed(error)
}

function onEnd(this: ByteStream): void {
  ;(this as OwnedStream)[OWNER].endedByPeer()
}

function onClose(this: ByteStream): void {
  ;(this as OwnedStream)[OWNER].closedByStream()
}
