import { DatagramQueue, type SentDatagram } from './datagram-queue.ts'
import { FrameSource } from './frame-source.ts'
import type { DecodedFrame } from './frame/frame-decoder.ts'
import { encodeFrame, type Frame, isStreamFrame } from './frame/frame.ts'
import type { PathLossReason, SessionOutput } from './output.ts'
import type { Path } from './path/path.ts'
import { type PathOptions, PathSet } from './path/path-set.ts'
import { PROTOCOL_VIOLATION, SessionEnd } from './session-end.ts'
import { SessionError, type SessionErrorCode } from './session-error.ts'
import type { SessionOptions, SessionStreams, SessionUsage } from './session-options.ts'
import { StreamSet } from './stream/stream-set.ts'

/** How long a session without a path lasts. */
const RESUME_MS = 60_000
/** A timer that is this late was not: the process stood still. */
const STOPPED_MS = 1000

const NEVER = Number.POSITIVE_INFINITY

/**
 * A session without I/O. Its methods take the time, bytes of paths and wishes of the user; they return what the driver has
 * to do. Frames are sent by `flush`, once for all calls before it. RFC 9000.
 */
export class SessionMachine {
  readonly #streams: StreamSet
  readonly streams: SessionStreams
  readonly #paths: PathSet
  readonly #source: FrameSource
  #outputs: SessionOutput[] = []
  readonly #datagrams = new DatagramQueue()
  readonly #end: SessionEnd
  #state: 'open' | 'closing' | 'over' = 'open'
  /** The time of the call under way. */
  #now: number

  constructor(options: SessionOptions, now: number) {
    const emit = (output: SessionOutput) => void this.#outputs.push(output)
    this.#streams = new StreamSet(options.role, emit, now)
    this.streams = this.#streams
    this.#paths = new PathSet({
      role: options.role,
      keepAlive: options.keepAlive ?? 'prompt',
      emit,
      ...(options.release === undefined ? {} : { release: options.release }),
      apply: (frame) => this.#apply(frame, this.#now),
      onAcknowledged: (at) => this.#onAcknowledged(at),
    })
    this.#end = new SessionEnd(options.resumeMs ?? RESUME_MS, now)
    this.#source = new FrameSource(this.#streams, this.#paths, this.#end, options.allocate)
    this.#now = now
  }

  /** The offset up to which the peer's frames have arrived: what a nomination tells the peer. */
  get received(): number {
    return this.#paths.receiver.received
  }

  get usage(): SessionUsage {
    const { start, end, unacknowledgedPayload } = this.#paths.sender.buffer
    const { unread, pending, size } = this.#streams
    return {
      unacknowledgedBytes: unacknowledgedPayload + pending,
      resendBytes: end - start,
      unreadBytes: unread,
      streams: size,
      paths: this.#paths.size,
      droppedDatagrams: this.#datagrams.dropped,
    }
  }

  /** The path that is used for sending. */
  get path(): number | undefined {
    return this.#paths.sender.path?.id
  }

  /** Undefined until the peer has answered on the path in use. */
  get roundTripMs(): number | undefined {
    return this.#paths.roundTrip.smoothedMs
  }

  /** When `wake` is to be called; infinity while there is no need. */
  get wakeAt(): number {
    if (this.#state === 'over') return NEVER
    // A grant that is due already waits for a path, not for the time.
    const grantAt = this.#streams.wakeAt > this.#now ? this.#streams.wakeAt : NEVER
    return Math.min(this.#end.at, this.#paths.wakeAt, grantAt)
  }

  /** Uses an authenticated path from now on; each id is for one path. Throws `SESSION_CLOSED` or `SESSION_INVALID_ARGUMENT`. */
  attach(id: number, options: PathOptions, now: number): SessionOutput[] {
    if (this.#state === 'over') throw new SessionError('SESSION_CLOSED', 'the session is over')
    return this.#run(now, () => {
      this.#paths.attach(id, options, now)
      this.#onAcknowledged(now)
      this.#checkSuspended(now)
    })
  }

  /** A path has ended, or is not wanted any more. */
  detach(id: number, now: number): SessionOutput[] {
    return this.#run(now, () => this.#lose(this.#paths.get(id), 'detached', now))
  }

  /** Takes bytes that arrived on a path. */
  receive(id: number, chunk: Uint8Array, now: number): SessionOutput[] {
    this.#now = now
    const path = this.#paths.get(id)
    if (path === undefined || this.#state === 'over') return []
    try {
      for (const frame of path.decoder.decode(chunk)) this.#receive(path, frame, now)
      this.#paths.hear(path, now)
    } catch (error) {
      this.#violated(path, error, now)
    }
    return this.#taken()
  }

  /** A path takes more. */
  ready(id: number): void {
    this.#paths.ready(id)
  }

  /** Whether `flush` would send anything. */
  hasFrames(now: number): boolean {
    const isOutgoing = this.#datagrams.frames.length > 0 || this.#source.hasFrames(now)
    return this.#state !== 'over' && (isOutgoing || this.#paths.hasFrames(now))
  }

  /** Sends what there is, as far as paths take it. */
  flush(now: number): SessionOutput[] {
    this.#now = now
    if (this.#state === 'over') return []
    const hasFrames = this.#source.hasFrames(now)
    this.#paths.flush(now, { datagrams: this.#datagrams.frames, hasFrames, source: this.#source })
    this.#datagrams.clear()
    return this.#taken()
  }

  /** Looks at what has fallen due; `flush` follows. */
  wake(now: number): SessionOutput[] {
    return this.#run(now, () => {
      const lateMs = now - this.wakeAt
      if (lateMs > STOPPED_MS) {
        this.#paths.forgive(now)
        this.#end.extend(lateMs)
      }
      this.#paths.check(now)
      this.#checkSuspended(now)
      if (now >= this.#end.at) this.#expire()
    })
  }

  /** Sends a datagram now or never; returns whether it was sent. Throws `SESSION_INVALID_ARGUMENT` for a longer one. */
  sendDatagram(bytes: Uint8Array): SentDatagram {
    return this.#datagrams.send(bytes, this.#state === 'open' ? this.#paths.sender.path : undefined)
  }

  /** Ends all streams, then the session: `acknowledged` follows when the peer has everything. */
  close(): void {
    if (this.#state !== 'open') return
    this.#state = 'closing'
    this.#streams.endAll()
  }

  /** Ends the session at once, with a code above 0 for the peer. */
  abort(code: number, now: number): SessionOutput[] {
    return this.#run(now, () => {
      if (this.#state === 'over') return
      this.#sayClose(code)
      this.#over('SESSION_ABORTED', 'this side ended the session', { closeCode: code })
    })
  }

  /** The peer does not have the session any more: the normal end where it had finished, or a closing end owes it nothing. */
  forget(now: number): SessionOutput[] {
    return this.#run(now, () => {
      if (this.#state === 'closing' && this.usage.unacknowledgedBytes === 0) return this.#over()
      this.#giveUp('SESSION_UNKNOWN', 'the peer does not have the session any more')
    })
  }

  #run(now: number, action: () => void): SessionOutput[] {
    this.#now = now
    if (this.#state !== 'over') action()
    return this.#taken()
  }

  #taken(): SessionOutput[] {
    const outputs = this.#outputs
    if (outputs.length > 0) this.#outputs = []
    return outputs
  }

  #receive(path: Path, decoded: DecodedFrame, now: number): void {
    if (this.#state === 'over') return
    const { frame, isOrdered } = decoded
    switch (frame?.type) {
      case 'ack':
      case 'resume':
      case 'move':
      case 'ping':
      case 'pong':
        return this.#paths.receive(path, frame, now)
      case 'datagram':
        return void this.#outputs.push({ type: 'datagram', bytes: frame.bytes })
      case 'close':
        return this.#closedByPeer(frame.code)
      default:
        if (isOrdered) this.#paths.receiveOrdered(path, decoded, now)
    }
  }

  /** An ordered frame whose turn has come. */
  #apply({ frame }: DecodedFrame, now: number): void {
    if (frame === undefined) return
    if (this.#end.isPeerFinished) throw new SessionError('SESSION_PROTOCOL', `${frame.type} after the finish`)
    if (frame.type === 'finish') this.#peerFinished(now)
    else if (isStreamFrame(frame)) this.#streams.receive(frame, now)
  }

  #onAcknowledged(now: number): void {
    this.#source.acknowledge(now)
    if (!this.#end.acknowledge(this.#paths.sender.buffer.start, now)) return
    this.#outputs.push({ type: 'acknowledged' })
    this.#finishIfDone()
  }

  #peerFinished(now: number): void {
    this.#end.finishByPeer()
    this.#paths.acknowledgeAtOnce(now)
    this.#outputs.push({ type: 'finished' })
    this.#streams.abandonSending()
    this.#state = 'closing'
    this.#finishIfDone()
  }

  /** The last one to learn that both have finished says so, and need not wait for an answer. */
  #finishIfDone(): void {
    if (!this.#end.isDone) return
    this.#sayClose(0)
    this.#over()
  }

  #closedByPeer(code: number): void {
    if (code === 0 && this.#end.isPeerFinished) return this.#over()
    this.#over('SESSION_ABORTED', `the peer ended the session with code ${code}`, { closeCode: code })
  }

  #lose(path: Path | undefined, reason: PathLossReason, now: number): void {
    if (path === undefined) return
    this.#paths.lose(path, reason)
    this.#checkSuspended(now)
  }

  /** Starts, or stops, the time that a session lasts without a path. */
  #checkSuspended(now: number): void {
    if (this.#state === 'over' || !this.#end.setConnected(this.path !== undefined, now)) return
    this.#outputs.push({ type: 'suspended', until: this.#end.at })
  }

  #expire(): void {
    this.#giveUp('SESSION_LOST', `no path for ${this.#end.resumeMs} ms`)
  }

  /** Ends without the peer; an error unless it has finished. */
  #giveUp(code: SessionErrorCode, what: string): void {
    if (this.#end.isAcknowledged || this.#end.isPeerFinished) {
      this.#sayClose(0)
      return this.#over()
    }
    const { unacknowledgedBytes } = this.usage
    this.#over(code, `${what}, ${unacknowledgedBytes} bytes not acknowledged`, { unacknowledgedBytes })
  }

  #violated(path: Path, error: unknown, now: number): void {
    if (!(error instanceof SessionError)) throw error
    if (error.code === 'SESSION_LIMIT') return this.#lose(path, 'protocol', now)
    this.#sayClose(PROTOCOL_VIOLATION)
    this.#over(error.code, error.message, { cause: error })
  }

  /** The last frame: it goes out whether the path is ready or not. */
  #sayClose(code: number): void {
    const { path } = this.#paths.sender
    if (path === undefined) return
    const ack: Frame = { type: 'ack', offset: this.received }
    const parts = [ack, { type: 'close', code } as const].map(encodeFrame)
    this.#outputs.push({ type: 'send', path: path.id, parts })
  }

  #over(...[code, message = '', options]: Partial<ConstructorParameters<typeof SessionError>>): void {
    const { unacknowledgedBytes } = this.usage
    const error = code && new SessionError(code, message, { unacknowledgedBytes, ...options })
    this.#state = 'over'
    this.#streams.refuse()
    this.#paths.sender.buffer.clear()
    this.#outputs.push({ type: 'over', error })
  }
}
