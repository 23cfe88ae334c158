import { type DecodedFrame, FrameDecoder } from '../frame/frame-decoder.ts'
import type { Liveness } from './liveness.ts'

/** RFC 9000 §13.2.1: max_ack_delay. */
const ACK_DELAY_MS = 25
/** The same once so many bytes have arrived: a sender of bulk data learns of the path's queue. */
export const ACK_BULK_DELAY_MS = 5
const BULK_BYTES = 8192
/** Bytes after which an acknowledgement does not wait: a quarter of what every sender keeps. Part of the protocol. */
const ACK_BYTES = 512 * 1024

/** A frame that came before its turn, since those before it travel on another path. */
export interface HeldFrame extends DecodedFrame {
  readonly position: number
}

/** The state of one path. Positions are offsets in the sequence of ordered frames. */
export class Path {
  readonly id: number
  readonly hasDatagrams: boolean
  readonly liveness: Liveness
  readonly decoder = new FrameDecoder()
  /** The byte stream takes more. */
  isReady = true

  /** The first offset not sent on this path. */
  sendPosition = 0
  /** The next bytes must be announced by `resume`. */
  mustResume = false
  /** Where this end went on elsewhere, and whether `move` is still to be sent. */
  movedAt: number | undefined
  mustMove = false

  /** The offset of the next ordered frame that arrives; undefined before `resume`. */
  receivePosition: number | undefined
  /** Where the peer went on elsewhere. */
  peerMovedAt: number | undefined
  /** When the peer last resumed here, counted; 0 before. */
  peerResumes = 0
  held: HeldFrame[] = []
  heldBytes = 0

  /** When an acknowledgement has to be sent. */
  ackAt = Number.POSITIVE_INFINITY
  #unacknowledged = 0

  /** The ping that was not answered, and when it was sent. */
  ping: { readonly number: number; readonly sentAt: number } | undefined
  mustPing = false
  mustPong: number | undefined
  #pings = 0
  #pingedAt = Number.NEGATIVE_INFINITY

  constructor(id: number, liveness: Liveness, hasDatagrams: boolean) {
    this.id = id
    this.liveness = liveness
    this.hasDatagrams = hasDatagrams
  }

  /** Frames of the path itself are to be sent. */
  hasFrames(now: number): boolean {
    const isAsked = this.mustResume || this.mustMove || this.mustPing || this.mustPong !== undefined
    return isAsked || this.ackAt <= now
  }

  get wakeAt(): number {
    return this.isReady ? Math.min(this.liveness.wakeAt, this.ackAt) : this.liveness.wakeAt
  }

  /** Bytes of ordered frames have arrived. */
  oweAck(bytes: number, now: number): void {
    this.#unacknowledged += bytes
    const delay = this.#unacknowledged >= BULK_BYTES ? ACK_BULK_DELAY_MS : ACK_DELAY_MS
    this.ackAt = Math.min(this.ackAt, this.#unacknowledged >= ACK_BYTES ? now : now + delay)
  }

  /** An acknowledgement is sent. */
  payAck(): void {
    this.ackAt = Number.POSITIVE_INFINITY
    this.#unacknowledged = 0
  }

  /** Pings beside traffic as often as an idle path is pinged: a path in use may have become slow. */
  pingBeside(now: number): void {
    const isDue = this.ping === undefined && now - this.#pingedAt >= this.liveness.intervalMs
    if (isDue) this.mustPing = true
  }

  /** Starts a ping; one at a time. */
  startPing(now: number): number {
    this.mustPing = false
    this.#pingedAt = now
    this.ping = { number: ++this.#pings, sentAt: now }
    this.liveness.expect(now)
    return this.ping.number
  }

  /** Returns the round-trip time, or undefined when nobody asked for this. */
  endPing(number: number, now: number): number | undefined {
    if (this.ping?.number !== number) return undefined
    const roundTripMs = now - this.ping.sentAt
    this.ping = undefined
    return roundTripMs
  }
}
