import { announcedSegmentSize } from '../path-mtu.ts'
import type { TcpPacket } from '../../packet.ts'
import { CongestionWindow } from './congestion.ts'
import { RetransmissionTimer } from './retransmission.ts'
import { SendBuffer } from './send-buffer.ts'
import { addSequence, sequenceDistance } from './sequence.ts'

/** A part of the outgoing stream, for one segment. */
export interface Part {
  readonly sequence: number
  readonly data: Uint8Array
  readonly fin: boolean
}

/** The result of an acknowledgement. */
export interface Acknowledged {
  readonly progress: boolean
  readonly fin: boolean
  /** A part that seems lost, to be resent at once. */
  readonly again?: Part
}

/** The sending half of a connection: windows, retransmission, loss recovery. RFC 9293 §3.8, RFC 6582. */
export class TcpSender {
  readonly initialSequence: number
  readonly timer = new RetransmissionTimer()
  /** The peer's receive window. */
  peerWindow = 0
  /** The next sequence number to send. */
  next: number
  #mss: number
  readonly #outgoing = new SendBuffer()
  readonly #congestion: CongestionWindow
  /** First byte that is not acknowledged, and the end of all sent bytes. RFC 9293 §3.3.1. */
  #unacknowledged: number
  #sentTo: number
  #ends = false

  constructor(initialSequence: number, mss: number) {
    this.initialSequence = initialSequence
    this.#mss = mss
    this.#congestion = new CongestionWindow(mss)
    this.next = addSequence(initialSequence, 1)
    this.#unacknowledged = this.next
    this.#sentTo = this.next
  }

  /** Takes note of the window and the longest segment that the peer, or a router on the way, announces. RFC 9293 §3.7.1. */
  followSyn(syn: TcpPacket): void {
    this.peerWindow = syn.window
    this.#mss = Math.min(this.#mss, announcedSegmentSize(syn) ?? this.#mss)
  }

  /** Bytes written and not acknowledged. */
  get pending(): number {
    return this.#outgoing.length
  }

  write(data: Uint8Array): void {
    this.#outgoing.append(data)
  }

  /** A FIN follows the written bytes. */
  end(): void {
    this.#ends = true
  }

  /** The parts that both windows allow now, then the FIN. */
  due(now: number): Part[] {
    const parts: Part[] = []
    const window = Math.min(this.#congestion.bytes, this.peerWindow)
    while (this.#inFlight < this.#outgoing.length && this.#inFlight < window) {
      const length = Math.min(this.#mss, Math.ceil(window - this.#inFlight))
      const data = this.#outgoing.slice(this.#inFlight, length)
      parts.push({ sequence: this.next, data, fin: false })
      this.#advance(data.length)
      this.timer.sent(this.next, now)
    }
    if (this.#ends && this.#inFlight === this.#outgoing.length) {
      parts.push({ sequence: this.next, data: new Uint8Array(), fin: true })
      this.#advance(1)
    }
    const waiting = this.#inFlight > 0 || this.#outgoing.length > 0
    if (waiting && this.timer.dueAt === undefined) this.timer.start(now)
    return parts
  }

  /** `pure` means an acknowledgement without data. */
  acknowledged(sequence: number, pure: boolean, now: number): Acknowledged {
    const bytes = sequenceDistance(sequence, this.#unacknowledged)
    if (bytes < 0 || sequenceDistance(sequence, this.#sentTo) > 0) return { progress: false, fin: false }
    if (bytes === 0) return { progress: false, fin: false, ...this.#repeated(pure) }
    const fin = bytes > this.#outgoing.length
    this.#outgoing.drop(Math.min(bytes, this.#outgoing.length))
    this.#unacknowledged = sequence
    // The peer had already received bytes after the loss.
    if (this.#inFlight < 0) this.next = sequence
    this.timer.acknowledged(sequence, now)
    const lost = this.#congestion.acknowledged(bytes, sequence)
    if (this.#inFlight > 0) this.timer.start(now)
    else this.timer.stop()
    return { progress: true, fin, ...(lost && { again: this.#first() }) }
  }

  /** Resends all unacknowledged bytes after a time-out, beginning with one segment. */
  timedOut(now: number): Part[] {
    this.#congestion.timedOut(this.#inFlight)
    this.next = this.#unacknowledged
    if (this.peerWindow > 0 || this.#outgoing.length === 0) return this.due(now)
    // Probes the closed window. RFC 9293 §3.8.6.1.
    const probe = { sequence: this.next, data: this.#outgoing.slice(0, 1), fin: false }
    const end = addSequence(this.next, 1)
    if (sequenceDistance(end, this.#sentTo) > 0) this.#sentTo = end
    return [probe]
  }

  get #inFlight(): number {
    return sequenceDistance(this.next, this.#unacknowledged)
  }

  #repeated(pure: boolean): Pick<Acknowledged, 'again'> {
    // An answered probe shows that the peer is alive, however long its window stays closed.
    if (this.peerWindow === 0) this.timer.retries = 0
    if (!pure || this.#inFlight <= 0) return {}
    return this.#congestion.duplicated(this.#inFlight, this.#sentTo) ? { again: this.#first() } : {}
  }

  #first(): Part {
    this.timer.forgetSample()
    const data = this.#outgoing.slice(0, this.#mss)
    return { sequence: this.#unacknowledged, data, fin: data.length === 0 && this.#ends }
  }

  #advance(length: number): void {
    this.next = addSequence(this.next, length)
    if (sequenceDistance(this.next, this.#sentTo) > 0) this.#sentTo = this.next
  }
}
