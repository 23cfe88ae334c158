import { type Allocate, FrameBatch } from './frame-batch.ts'
import type { DecodedFrame } from './frame-decoder.ts'
import { encodeFrame, type Frame, isStreamFrame, MAX_DATAGRAM, MAX_SERVICE } from './frame.ts'
import type { KeepAlive } from './liveness.ts'
import type { PathLossReason, SessionOutput } from './output.ts'
import type { Path } from './path.ts'
import { type PathOptions, PathSet } from './path-set.ts'
import type { Role } from './role.ts'
import { SendLimit } from './send-limit.ts'
import { SessionError } from './session-error.ts'
import { StreamSet } from './stream-set.ts'

/** How long a session without a path lasts. */
const RESUME_MS = 60_000
/** How long an end that has everything acknowledged waits for the other to finish, too. */
const LINGER_MS = 3000
/** A timer that is this late was not: the process stood still. */
const STOPPED_MS = 1000
/** The code of `close` for a peer that does not keep to the protocol. */
export const PROTOCOL_VIOLATION = 1

const NEVER = Number.POSITIVE_INFINITY

/** How a session behaves. */
export interface SessionOptions {
  readonly role: Role
  /** How long it lasts without a path. @default 60000 */
  readonly resumeMs?: number
  /** @default 'prompt' */
  readonly keepAlive?: KeepAlive
  /** Memory for what is sent. @default zeroed memory */
  readonly allocate?: Allocate
}

/**
 * A session without I/O: told of time, of bytes on paths and of what the user wants, it returns what is to be done.
 * Nothing but `attach` and `abort` sends by itself; `flush` does, once for all that was asked for before. RFC 9000.
 */
export class SessionMachine {
  readonly #options: SessionOptions
  readonly #streams: StreamSet
  readonly #paths: PathSet
  readonly #limit = new SendLimit()
  readonly #allocate: Allocate
  #outputs: SessionOutput[] = []
  #datagrams: Uint8Array[] = []
  #datagramBytes = 0
  #droppedDatagrams = 0
  #state: 'open' | 'closing' | 'over' = 'open'
  /** The offset after our `finish`. */
  #finishedAt: number | undefined
  #isAcknowledged = false
  #isPeerFinished = false
  /** When a session without a path, or one that waits for the peer's end, is over. */
  #overAt: number

  constructor(options: SessionOptions, now: number) {
    const emit = (output: SessionOutput) => void this.#outputs.push(output)
    this.#options = options
    this.#allocate = options.allocate ?? ((length) => new Uint8Array(length))
    this.#streams = new StreamSet(options.role, emit, now)
    this.#paths = new PathSet({
      role: options.role,
      keepAlive: options.keepAlive ?? 'prompt',
      emit,
      apply: (frame) => this.#apply(frame, this.#now),
      onAcknowledged: (at) => this.#onAcknowledged(at),
    })
    this.#overAt = now + this.#resumeMs
    this.#now = now
  }

  /** The time of the call under way. */
  #now: number

  /** The offset up to which the peer's frames have arrived: what a nomination tells the peer. */
  get received(): number {
    return this.#paths.receiver.received
  }

  /** Bytes of all streams that were written and not acknowledged. */
  get unacknowledgedBytes(): number {
    return this.#paths.sender.buffer.unacknowledgedPayload + this.#streams.pending
  }

  /** Bytes that wait for acknowledgement, to be sent again if need be. */
  get resendBytes(): number {
    const { start, end } = this.#paths.sender.buffer
    return end - start
  }

  /** Bytes that arrived and were not read. */
  get unreadBytes(): number {
    return this.#streams.unread
  }

  /** Streams that are not over at this end. */
  get streamCount(): number {
    return this.#streams.size
  }

  get pathCount(): number {
    return this.#paths.size
  }

  /** The path that is used for sending. */
  get path(): number | undefined {
    return this.#paths.sender.path?.id
  }

  /** Undefined until the peer has answered on the path in use. */
  get roundTripMs(): number | undefined {
    return this.#paths.roundTrip.smoothedMs
  }

  /** Datagrams that were not sent, since the path took none at that moment. */
  get droppedDatagrams(): number {
    return this.#droppedDatagrams
  }

  /** When `wake` is to be called; infinity while there is no need. */
  get wakeAt(): number {
    if (this.#state === 'over') return NEVER
    // What is due already waits for a path, not for the time.
    const grantAt = this.#streams.wakeAt > this.#now ? this.#streams.wakeAt : NEVER
    return Math.min(this.#overAt, this.#paths.wakeAt, grantAt)
  }

  /** Adds an authenticated path and uses it from now on. Ids are the caller's, each for one path. */
  attach(id: number, options: PathOptions, now: number): SessionOutput[] {
    if (this.#state === 'over') throw new SessionError('SESSION_CLOSED', 'the session is over')
    return this.#run(now, () => {
      if (this.#paths.get(id) !== undefined) throw invalid(`path ${id} is attached`)
      if ((options.peerReceived ?? 0) > this.#paths.sender.buffer.end) {
        throw invalid(`the peer claims ${options.peerReceived} bytes of ${this.#paths.sender.buffer.end}`)
      }
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
    return this.#run(now, () => {
      const path = this.#paths.get(id)
      if (path === undefined) return
      try {
        for (const frame of path.decoder.decode(chunk)) {
          if (this.#state === 'over') return
          this.#receive(path, frame, now)
        }
        this.#paths.hear(path, now)
      } catch (error) {
        this.#violated(path, error, now)
      }
    })
  }

  /** A path takes more. */
  ready(id: number): void {
    const path = this.#paths.get(id)
    if (path !== undefined) path.isReady = true
  }

  /** Sends what there is, as far as paths take it. */
  flush(now: number): SessionOutput[] {
    return this.#run(now, () => {
      const hasFrames = this.#streams.hasFrames(now) || this.#isFinishDue
      const commit = (maxBytes: number) => this.#commit(maxBytes, now)
      this.#paths.flush(now, { datagrams: this.#datagrams, hasFrames, commit })
      if (this.#datagrams.length > 0) this.#datagrams = []
      this.#datagramBytes = 0
    })
  }

  /** Looks at what has fallen due; `flush` follows. */
  wake(now: number): SessionOutput[] {
    return this.#run(now, () => {
      const lateMs = now - this.wakeAt
      if (lateMs > STOPPED_MS) {
        this.#paths.forgive(now)
        if (this.#overAt < NEVER) this.#overAt += lateMs
      }
      this.#paths.check(now)
      this.#checkSuspended(now)
      if (now >= this.#overAt) this.#expire()
    })
  }

  /** Opens a stream. It may wait until the peer allows one more. */
  openStream(service: string, now: number): number {
    this.#mustBeOpen()
    if (new TextEncoder().encode(service).length > MAX_SERVICE) throw invalid(`a service's name: ${service}`)
    return this.#streams.open(service, now)
  }

  /** Takes bytes for a stream; they are not to be changed before the output `written`. */
  write(id: number, chunks: readonly Uint8Array[]): SessionOutput[] {
    this.#mustBeOpen()
    return this.#run(this.#now, () => this.#streams.write(id, chunks))
  }

  /** Ends a stream after what was written. */
  end(id: number): void {
    this.#streams.end(id)
  }

  /** Aborts a stream in both directions. */
  reset(id: number, code: number): void {
    this.#streams.reset(id, code)
  }

  /** The next bytes of a stream; null once at its end, undefined when there is nothing for now. */
  read(id: number): Uint8Array | null | undefined {
    return this.#streams.read(id)
  }

  /** Sends a datagram now or never; returns whether it was sent. */
  sendDatagram(bytes: Uint8Array): { readonly isSent: boolean; readonly outputs: SessionOutput[] } {
    if (bytes.length > MAX_DATAGRAM) throw invalid(`a datagram of ${bytes.length} bytes`)
    const { path } = this.#paths.sender
    if (path?.hasDatagrams && this.#state === 'open') {
      return { isSent: true, outputs: [{ type: 'send-datagram', path: path.id, bytes }] }
    }
    const isTaken = path?.isReady === true && this.#datagramBytes + bytes.length <= MAX_DATAGRAM
    if (isTaken && this.#state === 'open') {
      this.#datagramBytes += bytes.length
      this.#datagrams.push(encodeFrame({ type: 'datagram', bytes }))
      return { isSent: true, outputs: [] }
    }
    this.#droppedDatagrams++
    return { isSent: false, outputs: [] }
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

  get #resumeMs(): number {
    return this.#options.resumeMs ?? RESUME_MS
  }

  #run(now: number, action: () => void): SessionOutput[] {
    this.#now = now
    if (this.#state !== 'over') action()
    const outputs = this.#outputs
    if (outputs.length > 0) this.#outputs = []
    return outputs
  }

  #receive(path: Path, decoded: DecodedFrame, now: number): void {
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
    if (this.#isPeerFinished) throw new SessionError('SESSION_PROTOCOL', `${frame.type} after the finish`)
    if (frame.type === 'finish') this.#peerFinished(now)
    else if (isStreamFrame(frame)) this.#streams.receive(frame, now)
  }

  /** Appends frames to what is sent, if there is room for them. */
  #commit(maxBytes: number, now: number): void {
    const { buffer } = this.#paths.sender
    const room = this.#limit.room(buffer.end - buffer.start)
    if (room === 0) return this.#limit.hit()
    const batch = new FrameBatch()
    this.#streams.fill(batch, Math.min(maxBytes, room), now, this.roundTripMs)
    if (this.#isFinishDue) {
      batch.add({ type: 'finish' })
      this.#finishedAt = buffer.end + batch.length
    }
    if (batch.length > 0) buffer.append(batch.join(this.#allocate), batch.payloads)
  }

  get #isFinishDue(): boolean {
    return this.#state === 'closing' && this.#finishedAt === undefined && this.#streams.isSilent
  }

  #onAcknowledged(now: number): void {
    this.#limit.acknowledge(now, this.roundTripMs)
    const { start } = this.#paths.sender.buffer
    if (this.#isAcknowledged || this.#finishedAt === undefined || start < this.#finishedAt) return
    this.#isAcknowledged = true
    this.#outputs.push({ type: 'acknowledged' })
    this.#overAt = now + LINGER_MS
    this.#finishIfDone()
  }

  #peerFinished(now: number): void {
    this.#isPeerFinished = true
    for (const id of this.#paths.ids) this.#paths.get(id)?.oweAck(Number.MAX_SAFE_INTEGER, now)
    this.#outputs.push({ type: 'finished' })
    this.#streams.abandonSending()
    this.#state = 'closing'
    this.#finishIfDone()
  }

  /** The last one to learn that both have finished says so, and need not wait for an answer. */
  #finishIfDone(): void {
    if (!this.#isAcknowledged || !this.#isPeerFinished) return
    this.#sayClose(0)
    this.#over()
  }

  #closedByPeer(code: number): void {
    if (code === 0 && this.#isPeerFinished) return this.#over()
    this.#over('SESSION_ABORTED', `the peer ended the session with code ${code}`, { closeCode: code })
  }

  #lose(path: Path | undefined, reason: PathLossReason, now: number): void {
    if (path === undefined) return
    this.#paths.lose(path, reason)
    this.#checkSuspended(now)
  }

  /** Starts, or stops, the time that a session lasts without a path. */
  #checkSuspended(now: number): void {
    if (this.#state === 'over' || this.#isAcknowledged) return
    if (this.path !== undefined) this.#overAt = NEVER
    else if (this.#overAt === NEVER) {
      this.#overAt = now + this.#resumeMs
      this.#outputs.push({ type: 'suspended', until: this.#overAt })
    }
  }

  #expire(): void {
    if (this.#isAcknowledged || this.#isPeerFinished) {
      this.#sayClose(0)
      return this.#over()
    }
    const { unacknowledgedBytes } = this
    const what = `no path for ${this.#resumeMs} ms, ${unacknowledgedBytes} bytes not acknowledged`
    this.#over('SESSION_LOST', what, { unacknowledgedBytes })
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
    const { unacknowledgedBytes } = this
    const error = code && new SessionError(code, message, { unacknowledgedBytes, ...options })
    this.#state = 'over'
    this.#outputs.push({ type: 'over', error })
  }

  #mustBeOpen(): void {
    if (this.#state !== 'open') throw new SessionError('SESSION_CLOSED', 'the session is closed')
  }
}

function invalid(what: string): SessionError {
  return new SessionError('SESSION_INVALID_ARGUMENT', what)
}
