import type { TransportAddress } from '@p2pd/netif'
import { resetFor } from '../../nat/packet-parts.ts'
import type { TcpFlags, TcpPacket } from '../../packet.ts'
import { TcpReceiver } from './tcp-receiver.ts'
import { buildSegment, maximumSegmentSize, WINDOW_SCALE } from './tcp-segment.ts'
import { type Part, TcpSender } from './tcp-sender.ts'
import type { TcpFailure, TcpOutput, TcpStateName } from './tcp-state.ts'

/** Linux gives up after 6 retransmissions of a SYN, 5 of a SYN-ACK, 15 of data. */
const MAX_RETRIES = { 'syn-sent': 6, 'syn-received': 5, data: 15 } as const

/** Linux keeps closed connections, and half-closed ones without a program, for a minute. */
const TIME_WAIT_MS = 60_000

/**
 * One end of a TCP connection, without sockets or timers: RFC 9293 with simultaneous open. The host calls `wake` at
 * `wakeAt` and performs the outputs of each call.
 */
export class TcpMachine {
  readonly local: TransportAddress
  readonly remote: TransportAddress
  state: TcpStateName = 'closed'
  readonly #mss: number
  readonly #sender: TcpSender
  readonly #receiver = new TcpReceiver()
  #endAsked = false
  /** The program closed its socket, so bytes that come now have no reader. */
  #abandoned = false
  #expiresAt: number | undefined
  #out: TcpOutput[] = []

  constructor(local: TransportAddress, remote: TransportAddress, initialSequence: number) {
    this.local = local
    this.remote = remote
    this.#mss = maximumSegmentSize(local.ip)
    this.#sender = new TcpSender(initialSequence, this.#mss)
  }

  /** The time at which to call `wake`. */
  get wakeAt(): number | undefined {
    const { dueAt } = this.#sender.timer
    return dueAt === undefined ? this.#expiresAt : Math.min(dueAt, this.#expiresAt ?? dueAt)
  }

  /** Bytes written and not acknowledged. */
  get pending(): number {
    return this.#sender.pending
  }

  /** Active open. */
  open(now: number): TcpOutput[] {
    this.state = 'syn-sent'
    this.#startSyn(now)
    return this.#flush()
  }

  /** Passive open: a SYN came to a listener. */
  accept(syn: TcpPacket, now: number): TcpOutput[] {
    this.#answerSyn(syn, now)
    return this.#flush()
  }

  receive(segment: TcpPacket, now: number): TcpOutput[] {
    if (this.state === 'syn-sent') this.#receiveSynSent(segment, now)
    else if (this.state !== 'closed') this.#receiveSynchronized(segment, now)
    return this.#flush()
  }

  /** A time-out: retransmits, or gives up. */
  wake(now: number): TcpOutput[] {
    const { dueAt } = this.#sender.timer
    if (this.#expiresAt !== undefined && now >= this.#expiresAt) this.#close()
    else if (dueAt !== undefined && now >= dueAt) this.#timeOut(now)
    return this.#flush()
  }

  write(data: Uint8Array, now: number): TcpOutput[] {
    if (this.#endAsked || this.state === 'closed') return []
    this.#sender.write(data)
    this.#transmit(now)
    return this.#flush()
  }

  /** The program has read `bytes`, so there is room for more. */
  consumed(bytes: number): TcpOutput[] {
    if (this.#receiver.consumed(bytes, this.#mss) && this.#isOpen) this.#send({ ack: true })
    return this.#flush()
  }

  /** Sends a FIN after the written bytes. */
  end(now: number): TcpOutput[] {
    if (!this.#endAsked && this.state !== 'closed') {
      this.#endAsked = true
      this.#sender.end()
      if (this.state === 'syn-sent') this.#close()
      else this.#transmit(now)
    }
    return this.#flush()
  }

  /** The program closes its socket: FIN, or RST when bytes are unread. RFC 1122 §4.2.2.13. */
  abandon(now: number): TcpOutput[] {
    this.#abandoned = true
    if (this.#receiver.hasUnread) return this.abort()
    if (this.state === 'fin-wait-2') this.#expiresAt = now + TIME_WAIT_MS
    return this.end(now)
  }

  abort(): TcpOutput[] {
    if (this.#isOpen) this.#send({ rst: true, ack: true })
    this.#close()
    return this.#flush()
  }

  /** An ICMP error about this connection: fatal while it is being opened only. RFC 5461 §2.2. */
  unreachable(why: 'refused' | 'unreachable'): TcpOutput[] {
    if (this.state === 'syn-sent' || this.state === 'syn-received') this.#fail(why)
    return this.#flush()
  }

  get #isOpen(): boolean {
    return this.state !== 'closed' && this.state !== 'syn-sent' && this.state !== 'time-wait'
  }

  #receiveSynSent(segment: TcpPacket, now: number): void {
    const { flags } = segment
    const acknowledged = flags.ack && segment.acknowledgement === this.#sender.next
    if (flags.ack && !acknowledged) {
      if (!flags.rst) this.#out.push({ type: 'segment', segment: resetFor(segment) })
    } else if (flags.rst) {
      if (acknowledged) this.#fail('refused')
    } else if (flags.syn && acknowledged) {
      this.#receiver.followSyn(segment)
      this.#sender.followSyn(segment)
      this.#establish(segment, now)
      this.#send({ ack: true })
      this.#transmit(now)
    } else if (flags.syn) this.#answerSyn(segment, now)
  }

  /** SYN received: by a listener, or in a simultaneous open. RFC 9293 §3.5. */
  #answerSyn(syn: TcpPacket, now: number): void {
    this.state = 'syn-received'
    this.#receiver.followSyn(syn)
    this.#sender.followSyn(syn)
    this.#startSyn(now)
  }

  #startSyn(now: number): void {
    const { timer, next } = this.#sender
    this.#sendSyn()
    timer.retries = 0
    timer.sent(next, now)
    timer.start(now)
  }

  #establish({ acknowledgement }: TcpPacket, now: number): void {
    this.state = 'established'
    this.#sender.timer.stop()
    this.#sender.timer.acknowledged(acknowledgement, now)
    this.#out.push({ type: 'connected' })
  }

  #receiveSynchronized(segment: TcpPacket, now: number): void {
    const { flags } = segment
    if (flags.rst) return this.#receiveReset(segment)
    if (flags.syn && !(this.state === 'syn-received' && flags.ack)) {
      // The acknowledgement was lost, or a stranger guesses: acknowledge again. RFC 5961 §4.
      if (this.state === 'syn-received') return this.#sendSyn()
      return this.#send({ ack: true })
    }
    if (!flags.ack) return
    if (this.state === 'syn-received') {
      if (segment.acknowledgement !== this.#sender.next) return
      this.#establish(segment, now)
      if (flags.syn) this.#send({ ack: true })
    }
    this.#sender.peerWindow = flags.syn ? segment.window : segment.window << WINDOW_SCALE
    this.#receiveAcknowledgement(segment, now)
    if (!flags.syn) this.#receiveData(segment, now)
    this.#transmit(now)
  }

  #receiveReset({ sequence }: TcpPacket): void {
    // A RST needs the exact next sequence number, which a blind attacker has to guess. RFC 5961 §3.
    if (sequence !== this.#receiver.next) return
    if (this.state === 'time-wait') this.#close()
    else this.#fail('reset')
  }

  #receiveAcknowledgement({ acknowledgement, payload, flags }: TcpPacket, now: number): void {
    const pure = payload.length === 0 && !flags.fin && !flags.syn
    const { progress, fin, again } = this.#sender.acknowledged(acknowledgement, pure, now)
    if (again !== undefined) this.#sendPart(again)
    if (progress) this.#out.push({ type: 'progress' })
    if (!fin) return
    if (this.state === 'fin-wait-1') {
      this.state = 'fin-wait-2'
      if (this.#abandoned) this.#expiresAt = now + TIME_WAIT_MS
    } else if (this.state === 'closing') this.#waitTime(now)
    else if (this.state === 'last-ack') this.#close()
  }

  #receiveData(segment: TcpPacket, now: number): void {
    const { payload, flags } = segment
    if (payload.length === 0 && !flags.fin) return
    if (this.#abandoned && payload.length > 0) {
      this.#send({ rst: true, ack: true })
      return this.#close()
    }
    for (const data of this.#receiver.receive(segment)) this.#out.push({ type: 'data', data })
    if (this.#receiver.takeFin()) this.#receiveFin(now)
    this.#send({ ack: true })
  }

  #receiveFin(now: number): void {
    this.#out.push({ type: 'end' })
    if (this.state === 'established') this.state = 'close-wait'
    else if (this.state === 'fin-wait-1') this.state = 'closing'
    else if (this.state === 'fin-wait-2') this.#waitTime(now)
  }

  #waitTime(now: number): void {
    this.state = 'time-wait'
    this.#sender.timer.stop()
    this.#expiresAt = now + TIME_WAIT_MS
  }

  #transmit(now: number): void {
    if (!SENDING_STATES.has(this.state)) return
    for (const part of this.#sender.due(now)) this.#sendPart(part)
  }

  #timeOut(now: number): void {
    const { timer } = this.#sender
    const opening = this.state === 'syn-sent' || this.state === 'syn-received'
    if (timer.retries === (opening ? MAX_RETRIES[this.state as 'syn-sent'] : MAX_RETRIES.data))
      return this.#fail('timeout')
    timer.backOff()
    timer.start(now)
    if (opening) return this.#sendSyn()
    for (const part of this.#sender.timedOut(now)) this.#sendPart(part)
  }

  #sendPart({ sequence, data, fin }: Part): void {
    this.#send({ ack: true, fin }, sequence, data)
    if (!fin) return
    if (this.state === 'established') this.state = 'fin-wait-1'
    else if (this.state === 'close-wait') this.state = 'last-ack'
  }

  #sendSyn(): void {
    this.#send({ syn: true, ack: this.state === 'syn-received' }, this.#sender.initialSequence)
  }

  #send(flags: Partial<TcpFlags>, sequence = this.#sender.next, payload?: Uint8Array): void {
    const { next: acknowledgement, room } = this.#receiver
    const fields = { flags, sequence, acknowledgement, room, ...(payload && { payload }) }
    this.#out.push({ type: 'segment', segment: buildSegment(this.local, this.remote, fields) })
  }

  #fail(why: TcpFailure): void {
    this.#close()
    this.#out.push({ type: 'failed', why })
  }

  #close(): void {
    this.state = 'closed'
    this.#sender.timer.stop()
    this.#expiresAt = undefined
  }

  #flush(): TcpOutput[] {
    const out = this.#out
    this.#out = []
    return out
  }
}

/** States in which bytes and the FIN are sent or resent. */
const SENDING_STATES: ReadonlySet<TcpStateName> = new Set([
  'established',
  'close-wait',
  'fin-wait-1',
  'closing',
  'last-ack',
])
