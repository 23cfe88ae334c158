import { checkService, type StreamFrame } from '../frame/frame.ts'
import type { FrameBatch } from '../frame/frame-batch.ts'
import { frameLength } from './frame-length.ts'
import type { Emit } from '../output.ts'
import { ExtraCredit } from './receive-window.ts'
import { firstStreamId, isOpenedBy, PIPE_STREAM, type Role } from '../role.ts'
import { type Room, SendOrder } from './send-order.ts'
import type { SessionStreams } from '../session-options.ts'
import { SessionError } from '../session-error.ts'
import { MAX_STREAMS, StreamGrants } from './stream-grants.ts'
import { newStream, type Stream } from './stream.ts'

/** Less is not worth a frame. */
const MIN_ROOM = 64
/** The header of a stream frame, at most. */
const MAX_HEADER = 1 + 4 + 8 + 8

/** All streams of a session: what arrives for them, and which of them sends next. */
export class StreamSet implements SessionStreams {
  readonly #role: Role
  readonly #emit: Emit
  readonly #extra = new ExtraCredit()
  readonly #grants = new StreamGrants()
  readonly #streams = new Map<number, Stream>()
  /** Nothing more is opened or written. */
  #isClosed = false
  #nextId: number
  #lastPeerId = 0
  /** Streams opened, and those that the peer allows. */
  #opened = 0
  #openLimit = MAX_STREAMS
  #openedByPeer = 0
  /** Opened here and not counted as over. */
  #ours = 0
  /** The streams that the next batch looks at; sets, so that each gets its turn once. */
  readonly #waiting = new Set<Stream>()
  readonly #sending = new SendOrder()
  readonly #crediting = new Set<Stream>()
  readonly #resetting = new Set<Stream>()

  constructor(role: Role, emit: Emit, now: number) {
    this.#role = role
    this.#emit = emit
    this.#nextId = firstStreamId(role)
    this.#add(PIPE_STREAM, '', now).isOpen = true
  }

  /** Streams that are not over at this end, the pipe among them. */
  get size(): number {
    return this.#streams.size
  }

  /** Bytes that were written and not sent. */
  get pending(): number {
    return [...this.#streams.values()].reduce((bytes, { sender }) => bytes + sender.pending, 0)
  }

  /** Bytes that arrived and were not read. */
  get unread(): number {
    return [...this.#streams.values()].reduce((bytes, { receiver }) => bytes + receiver.unread, 0)
  }

  /** Every stream has sent its end, or its abort. */
  get isSilent(): boolean {
    if (this.#waiting.size + this.#sending.size + this.#resetting.size > 0) return false
    for (const { sender } of this.#streams.values()) if (!sender.isEnded) return false
    return true
  }

  /** Nothing more is opened or written. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** When there will be something to send without anything else happening. */
  get wakeAt(): number {
    return this.#grants.dueAt
  }

  open(service: string, now: number): number {
    this.#mustBeOpen()
    checkService(service)
    if (this.#ours >= MAX_STREAMS) throw new SessionError('SESSION_LIMIT', `${this.#ours} streams are open`)
    const id = this.#nextId
    this.#nextId += 2
    this.#ours++
    this.#waiting.add(this.#add(id, service, now))
    return id
  }

  write(id: number, chunks: readonly Uint8Array[]): void {
    this.#mustBeOpen()
    const stream = this.#mine(id)
    stream.sender.write(chunks)
    if (stream.sender.pending === 0) this.#emit({ type: 'written', id })
    else this.#offer(stream)
  }

  end(id: number): void {
    const stream = this.#streams.get(id)
    stream?.sender.end()
    if (stream !== undefined) this.#offer(stream)
  }

  /** Aborts a stream in both directions; one that is over anyway is only forgotten. */
  reset(id: number, code: number): void {
    const stream = this.#streams.get(id)
    if (stream === undefined || stream.resetCode !== undefined) return
    const isNews = stream.isOpen && !(stream.sender.isEnded && stream.receiver.isEnded)
    stream.sender.abort()
    stream.receiver.close()
    this.#sending.delete(stream)
    this.#crediting.delete(stream)
    if (!isNews) return this.#forget(stream)
    stream.resetCode = code
    this.#resetting.add(stream)
  }

  read(id: number): Uint8Array | null | undefined {
    const stream = this.#streams.get(id)
    if (stream === undefined || stream.resetCode !== undefined) return undefined
    const chunk = stream.receiver.read()
    if (chunk === undefined) return undefined
    if (chunk === null) this.#settle(stream)
    else if (stream.receiver.isCreditDue) this.#crediting.add(stream)
    return chunk
  }

  hasEnd(id: number): boolean {
    return this.#streams.get(id)?.receiver.isEnded ?? true
  }

  /** All streams end after what was written to them. */
  endAll(): void {
    this.refuse()
    for (const id of this.#streams.keys()) this.end(id)
  }

  /** Nothing more is opened or written. */
  refuse(): void {
    this.#isClosed = true
  }

  /** The peer wants nothing more: what was not sent is dropped. */
  abandonSending(): void {
    this.refuse()
    for (const stream of [...this.#streams.values()]) {
      stream.sender.abort()
      if (stream.resetCode !== undefined || !stream.isOpen) this.#forget(stream)
      else this.#settle(stream)
    }
    for (const set of [this.#waiting, this.#sending, this.#crediting, this.#resetting]) set.clear()
  }

  receive(frame: StreamFrame, now: number): void {
    if (frame.type === 'open') return this.#accept(frame.id, frame.service, now)
    if (frame.type === 'streams') {
      this.#openLimit = Math.max(this.#openLimit, frame.limit)
      return
    }
    const stream = this.#known(frame.id)
    if (stream === undefined || stream.resetCode !== undefined) return
    switch (frame.type) {
      case 'stream':
        stream.receiver.receive(frame.offset, frame.bytes)
        if (frame.bytes.length > 0) this.#emit({ type: 'readable', id: frame.id })
        break
      case 'credit':
        stream.sender.grant(frame.limit)
        this.#offer(stream)
        break
      case 'end':
        stream.receiver.end()
        this.#emit({ type: 'readable', id: frame.id })
        break
      case 'reset':
        stream.sender.abort()
        this.#forget(stream)
        this.#emit({ type: 'reset', id: frame.id, code: frame.code })
        break
    }
  }

  /** Whether `fill` would add anything. */
  hasFrames(now: number): boolean {
    const isOpening = this.#waiting.size > 0 && this.#opened < this.#openLimit
    const isTelling = this.#crediting.size > 0 || this.#resetting.size > 0 || this.#grants.dueAt <= now
    return this.#sending.size > 0 || isOpening || isTelling
  }

  /** A short stream was sent beside a bulk one a moment ago. */
  isShared(now: number): boolean {
    return this.#sending.isShared(now)
  }

  /** Adds frames up to about so many bytes: small ones first, then short streams, then up to `maxBulk` of the others. */
  fill(batch: FrameBatch, [maxBytes, maxBulk]: Room, now: number, roundTripMs?: number): void {
    if (this.#grants.dueAt <= now) batch.add({ type: 'streams', limit: this.#grants.grant(now) })
    for (const stream of this.#waiting) {
      if (this.#opened >= this.#openLimit || batch.length >= maxBytes) break
      this.#waiting.delete(stream)
      this.#opened++
      stream.isOpen = true
      batch.add({ type: 'open', id: stream.id, service: stream.service })
      this.#offer(stream)
    }
    for (const { id, receiver } of this.#crediting) {
      batch.add({ type: 'credit', id, limit: receiver.grant(now, roundTripMs) })
    }
    this.#crediting.clear()
    for (const stream of this.#resetting) {
      batch.add({ type: 'reset', id: stream.id, code: stream.resetCode ?? 0 })
      this.#forget(stream)
    }
    for (let isGoing = true; isGoing && this.#sending.size > 0 && batch.length + MIN_ROOM < maxBytes; ) {
      const isShared = this.#sending.size > 1
      const short = this.#sending.takeShort(now, batch.length, maxBytes)
      const hasRoom = batch.length + MIN_ROOM < maxBulk
      const stream = short ?? (hasRoom ? this.#sending.takeBulk(now) : undefined)
      isGoing = stream !== undefined && this.#fillFrom(stream, batch, short ? maxBytes : maxBulk, isShared)
    }
  }

  /** Adds bytes of a stream; returns whether more should follow. */
  #fillFrom(stream: Stream, batch: FrameBatch, maxBytes: number, isShared: boolean): boolean {
    const { id, sender } = stream
    if (sender.sendable > 0) {
      const used = batch.length + MAX_HEADER
      batch.addStream(id, sender.take(frameLength(sender.sendable, used, maxBytes - used, isShared)))
      if (sender.takeRest(batch.allocate)) this.#emit({ type: 'written', id })
    }
    if (sender.isEndDue) {
      batch.add({ type: 'end', id })
      sender.takeEnd()
      this.#settle(stream)
    } else this.#offer(stream)
    return isShared || sender.sendable === 0
  }

  #add(id: number, service: string, now: number): Stream {
    const stream = newStream(id, service, this.#extra, now)
    this.#streams.set(id, stream)
    return stream
  }

  #accept(id: number, service: string, now: number): void {
    if (id === PIPE_STREAM || isOpenedBy(this.#role, id) || id <= this.#lastPeerId) {
      throw new SessionError('SESSION_PROTOCOL', `the peer opens stream ${id} after ${this.#lastPeerId}`)
    }
    if (this.#openedByPeer >= this.#grants.limit) {
      throw new SessionError('SESSION_PROTOCOL', `the peer opens more than ${this.#grants.limit} streams`)
    }
    this.#openedByPeer++
    this.#lastPeerId = id
    this.#add(id, service, now).isOpen = true
    this.#emit({ type: 'stream', id, service })
  }

  /** Lets a stream send that has something to send. */
  #offer(stream: Stream): void {
    const { sender } = stream
    if (stream.isOpen && (sender.sendable > 0 || sender.isEndDue)) this.#sending.add(stream)
  }

  #mustBeOpen(): void {
    if (this.#isClosed) throw new SessionError('SESSION_CLOSED', 'the session is closed')
  }

  #mine(id: number): Stream {
    const stream = this.#streams.get(id)
    if (stream !== undefined) return stream
    throw new SessionError('SESSION_CLOSED', `stream ${id} is over`)
  }

  /** The stream that a frame is about; undefined when it is over. */
  #known(id: number): Stream | undefined {
    const stream = this.#streams.get(id)
    if (stream?.isOpen) return stream
    const isOurs = isOpenedBy(this.#role, id)
    const wasOpen = id === PIPE_STREAM || (isOurs ? id < this.#nextId : id <= this.#lastPeerId)
    if (stream !== undefined || !wasOpen) {
      throw new SessionError('SESSION_PROTOCOL', `stream ${id} was never opened`)
    }
    return undefined
  }

  #settle(stream: Stream): void {
    if (stream.sender.isEnded && stream.receiver.isEndRead) this.#forget(stream)
  }

  #forget(stream: Stream): void {
    if (!this.#streams.delete(stream.id)) return
    for (const set of [this.#waiting, this.#sending, this.#crediting, this.#resetting]) set.delete(stream)
    stream.receiver.close()
    if (isOpenedBy(this.#role, stream.id)) this.#ours--
    else if (stream.id !== PIPE_STREAM) this.#grants.close()
  }
}
