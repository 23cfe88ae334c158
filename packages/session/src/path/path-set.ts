import type { DecodedFrame } from '../frame/frame-decoder.ts'
import { encodeFrame, type PathFrame } from '../frame/frame.ts'
import { AnswerTime } from './answer-time.ts'
import { type KeepAlive, Liveness, pingInterval } from './liveness.ts'
import { OrderedReceiver } from './ordered-receiver.ts'
import { OrderedSender } from './ordered-sender.ts'
import type { Emit, PathLossReason } from '../output.ts'
import { Path } from './path.ts'
import type { Role } from '../role.ts'
import { SessionError } from '../session-error.ts'
import { RoundTrip } from './round-trip.ts'
import { TurnSize } from './turn-size.ts'

/** Paths kept at a time: the one in use, the one before it, and two that both ends chose at once. */
const MAX_PATHS = 4

/** With so few bytes under way a ping measures the path, and not the queue that a sender makes for itself: one record of TLS. */
const MAX_LIGHT = 16_384

/** Options of `attach`. */
export interface PathOptions {
  /** The offset up to which the peer has received, as it said and proved in its nomination. @default 0 */
  readonly peerReceived?: number
  /** The path has a channel for datagrams. @default false */
  readonly hasDatagrams?: boolean
  /** For how long the NATs between keep the path open in silence; it may change. @default 30000 */
  readonly mappingLifetimeMs?: number | undefined
}

/** Frames that the session has to send. */
export interface Outgoing {
  readonly datagrams: readonly Uint8Array[]
  /** There are ordered frames that were not sent yet. */
  readonly hasFrames: boolean
  /** Appends such frames to what is sent. */
  readonly source: { commit(maxBytes: number, now: number): void }
}

/** The part of a session that the paths need. */
export interface PathSetOptions {
  readonly role: Role
  readonly keepAlive: KeepAlive
  readonly emit: Emit
  /** An ordered frame whose turn has come. */
  readonly apply: (frame: DecodedFrame) => void
  /** Takes memory of frames that were acknowledged. */
  readonly release?: (bytes: Uint8Array) => void
  /** An acknowledgement arrived. */
  readonly onAcknowledged: (now: number) => void
}

/** The paths of a session, of which one at a time is used for sending: migration, liveness, acknowledgements. */
export class PathSet {
  readonly #options: PathSetOptions
  readonly #paths = new Map<number, Path>()
  readonly sender: OrderedSender
  readonly receiver: OrderedReceiver
  readonly roundTrip = new RoundTrip()
  readonly #turn = new TurnSize()
  readonly #answers = new AnswerTime()

  constructor(options: PathSetOptions) {
    this.#options = options
    this.sender = new OrderedSender(options.release)
    this.receiver = new OrderedReceiver(options.apply)
  }

  get size(): number {
    return this.#paths.size
  }

  get wakeAt(): number {
    let at = Number.POSITIVE_INFINITY
    for (const path of this.#paths.values()) at = Math.min(at, path.wakeAt)
    return at
  }

  get(id: number): Path | undefined {
    return this.#paths.get(id)
  }

  /** A path takes more. */
  ready(id: number): void {
    const path = this.#paths.get(id)
    if (path !== undefined) path.isReady = true
  }

  /** Adds a path and uses it from now on. */
  attach(id: number, options: PathOptions, now: number): void {
    const { end } = this.sender.buffer
    const { peerReceived = 0 } = options
    if (this.#paths.has(id)) throw new SessionError('SESSION_INVALID_ARGUMENT', `path ${id} is attached`)
    if (peerReceived > end) {
      throw new SessionError('SESSION_INVALID_ARGUMENT', `the peer claims ${peerReceived} bytes of ${end}`)
    }
    const { role, keepAlive } = this.#options
    this.sender.acknowledge(peerReceived)
    const interval = () => pingInterval(keepAlive, role === 'controlling', options.mappingLifetimeMs)
    const path = new Path(id, new Liveness(interval, now, this.#answers), options.hasDatagrams ?? false)
    path.mustPing = true // For the round-trip time, and since nothing may be sent otherwise.
    this.#paths.set(id, path)
    this.#use(path)
    const oldest = [...this.#paths.values()].find((other) => other !== path)
    if (this.#paths.size > MAX_PATHS && oldest !== undefined) this.lose(oldest, 'superseded')
  }

  /** Gives a path up. Frames that it carried and that were not acknowledged go by another. */
  lose(path: Path, reason: PathLossReason): void {
    if (!this.#paths.delete(path.id)) return
    this.#answers.forget()
    const before = this.sender.path
    this.sender.lose(path, [...this.#paths.values()].reverse())
    this.#options.emit({ type: 'path-lost', path: path.id, reason })
    this.#announce(before)
  }

  receive(path: Path, frame: PathFrame, now: number): void {
    switch (frame.type) {
      case 'ack':
        this.sender.acknowledge(frame.offset)
        this.#turn.acknowledge(this.sender.buffer.start, now)
        this.#answers.acknowledge(this.sender.buffer.start, now)
        this.#options.onAcknowledged(now)
        break
      case 'resume':
        this.receiver.resume(path, frame.offset)
        this.#follow()
        break
      case 'move':
        this.receiver.move(path, frame.offset)
        path.ackAt = now
        this.#follow()
        break
      case 'ping':
        path.mustPong = frame.number
        break
      case 'pong': {
        const roundTripMs = path.endPing(frame.number, now)
        if (roundTripMs === undefined) break
        this.#answers.sample(roundTripMs)
        if (path !== this.sender.path) break
        this.roundTrip.sample(roundTripMs)
        this.#options.emit({ type: 'path-measured', path: path.id, roundTripMs })
        break
      }
    }
  }

  receiveOrdered(path: Path, frame: DecodedFrame, now: number): void {
    const { frame: known, size } = frame
    path.oweAck(known?.type === 'stream' ? known.bytes.length : size, now)
    this.receiver.receive(path, frame)
    if (this.#paths.size > 1) this.receiver.release([...this.#paths.values()])
  }

  /** The peer waits for nothing but the acknowledgement. */
  acknowledgeAtOnce(now: number): void {
    for (const path of this.#paths.values()) path.ackAt = now
  }

  /** Bytes have arrived on a path, and their frames were taken. */
  hear(path: Path, now: number): void {
    path.liveness.hear(now, path.ping !== undefined || this.sender.isExpecting(path))
  }

  /** A process that was stopped has not read what arrived. */
  forgive(now: number): void {
    this.#answers.forget()
    for (const { liveness } of this.#paths.values()) liveness.forgive(now)
  }

  /** Pings the silent paths and gives up the dead. */
  check(now: number): void {
    for (const path of this.#paths.values()) {
      const verdict = path.liveness.check(now)
      if (verdict === 'ping') {
        path.mustPing = true
        path.liveness.expect(now)
      }
      if (verdict === 'dead') this.lose(path, 'silent')
    }
  }

  /** A path that takes more has frames of its own, or ordered ones to be sent again. */
  hasFrames(now: number): boolean {
    for (const path of this.#paths.values()) {
      const isBehind = path === this.sender.path && path.sendPosition !== this.sender.buffer.end
      if (path.isReady && (isBehind || path.hasFrames(now) || this.#paths.size > 1)) return true
    }
    return false
  }

  /** Sends what there is on all paths that take more. */
  flush(now: number, outgoing: Outgoing): void {
    for (const path of this.#paths.values()) {
      if (!path.isReady) continue
      const hasMore = path === this.sender.path && this.#hasOrdered(path, outgoing)
      if (hasMore && this.#isLight) path.pingBeside(now)
      if (hasMore || path.hasFrames(now)) this.#flushPath(path, now, outgoing)
      if (this.#paths.size > 1) this.#retire(path)
    }
  }

  #hasOrdered(path: Path, { hasFrames, datagrams }: Outgoing): boolean {
    return path.sendPosition !== this.sender.buffer.end || hasFrames || datagrams.length > 0
  }

  /** Little is under way: an answer does not wait behind bytes of this end. */
  get #isLight(): boolean {
    const { start, end } = this.sender.buffer
    return end - start < MAX_LIGHT
  }

  #flushPath(path: Path, now: number, outgoing: Outgoing): void {
    const parts = this.#urgent(path, now)
    if (path === this.sender.path) parts.push(...outgoing.datagrams, ...this.#ordered(path, now, outgoing))
    if (parts.length > 0 && path.ackAt < Number.POSITIVE_INFINITY) parts.unshift(this.#ack(path))
    if (path.mustMove) parts.push(encodeFrame({ type: 'move', offset: path.sendPosition }))
    path.mustMove = false
    if (parts.length === 0) return
    path.isReady = false
    if (this.sender.isExpecting(path)) path.liveness.expect(now)
    this.#options.emit({ type: 'send', path: path.id, parts })
  }

  /** Frames of the path itself; `resume` comes before what it announces. */
  #urgent(path: Path, now: number): Uint8Array[] {
    const parts: Uint8Array[] = []
    const { buffer } = this.sender
    if (path === this.sender.path && path.sendPosition < buffer.start) {
      // It was acknowledged by another path while it was sent again here.
      path.sendPosition = buffer.start
      path.mustResume = true
    }
    if (path.mustResume) parts.push(encodeFrame({ type: 'resume', offset: path.sendPosition }))
    path.mustResume = false
    if (path.ackAt <= now) parts.push(this.#ack(path))
    if (path.mustPong !== undefined) parts.push(encodeFrame({ type: 'pong', number: path.mustPong }))
    path.mustPong = undefined
    if (path.mustPing) parts.push(encodeFrame({ type: 'ping', number: path.startPing(now) }))
    return parts
  }

  #ordered(path: Path, now: number, outgoing: Outgoing): Uint8Array[] {
    const { buffer } = this.sender
    const { bytes } = this.#turn
    if (path.sendPosition === buffer.end && outgoing.hasFrames) outgoing.source.commit(bytes, now)
    const parts = buffer.slice(path.sendPosition, bytes)
    for (const { length } of parts) path.sendPosition += length
    if (parts.length > 0) this.#answers.sent(path.sendPosition, now)
    return parts
  }

  #ack(path: Path): Uint8Array {
    path.payAck()
    return encodeFrame({ type: 'ack', offset: this.receiver.received })
  }

  #use(path: Path): void {
    const before = this.sender.path
    this.sender.use(path)
    this.#announce(before)
  }

  #announce(before: Path | undefined): void {
    const { path } = this.sender
    if (path === before || path === undefined) return
    this.roundTrip.reset()
    this.#turn.reset()
    this.#options.emit({ type: 'path-used', path: path.id })
  }

  /** The controlled end sends where the controlling one does, so that both end up on one path. */
  #follow(): void {
    if (this.#options.role === 'controlling') return
    let chosen: Path | undefined
    for (const path of this.#paths.values()) {
      const isUsed = path.peerResumes > 0 && path.peerMovedAt === undefined
      if (isUsed && path.peerResumes > (chosen?.peerResumes ?? 0)) chosen = path
    }
    if (chosen !== undefined) this.#use(chosen)
  }

  /** A path that both ends have left, with nothing under way, is ended. */
  #retire(path: Path): void {
    const { peerMovedAt } = path
    if (path === this.sender.path || peerMovedAt === undefined || path.ackAt < Number.POSITIVE_INFINITY)
      return
    if (!this.sender.isDrained(path) || this.receiver.received < peerMovedAt) return
    this.#paths.delete(path.id)
    this.#options.emit({ type: 'path-retired', path: path.id })
  }
}
