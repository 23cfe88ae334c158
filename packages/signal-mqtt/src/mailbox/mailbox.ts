import { equalBytes } from '@p2pd/netif'
import type { SignalCrypto, SignalIdentity } from '../envelope/crypto.ts'
import { envelopeTagKey, openEnvelope, readEnvelope, sealEnvelope } from '../envelope/envelope.ts'
import { ID_LENGTH, type Message, MessageKind } from '../envelope/message.ts'
import { RecentMap } from './recent-map.ts'
import type { RandomBytes } from '@p2pd/netif'
import { SeenSet } from './seen-set.ts'
import { SignalError } from '../signal-error.ts'
import { type Rate, TokenBucket } from './token-bucket.ts'

/** How far two clocks may differ before a message is refused, and the sender gets the right time. */
export const CLOCK_TOLERANCE_MS = 5 * 60_000
/** No message is good for longer. */
export const MAX_LIFETIME_MS = 5 * 60_000
/** The longest time between two moments at which the same message passes as fresh. */
const REPLAY_WINDOW_MS = 2 * CLOCK_TOLERANCE_MS + MAX_LIFETIME_MS

/**
 * Messages opened without work, and as many for which work was shown, at 0.2 ms of CPU each. Only who knows the
 * node's id gets so far. A real caller among 10,000 such strangers a second gets through with the repeat, which has
 * cost it work.
 */
const OPEN_RATE: Rate = { perSecond: 500, burst: 500 }
/** Messages accepted from all senders together; with the replay window it bounds the memory used. */
const TOTAL_RATE: Rate = { perSecond: 100, burst: 1000 }
/** An offer and its corrections are a handful of messages. */
const SENDER_RATE: Rate = { perSecond: 20, burst: 40 }
/** A peer whose clock is wrong needs one notice; a recorded message played back gets few. */
const NOTICE_RATE: Rate = { perSecond: 5, burst: 20 }
/** Peers about whom something is kept: their rate, their clock. */
const MAX_PEERS = 4096
/** Messages that can still be sent again when the recipient says that its clock differs. */
const MAX_UNCONFIRMED = 64

/** Why a message was dropped. None of these is an error: strangers send what they like. */
export type DropReason =
  | 'copy'
  | 'expired'
  | 'flood'
  | 'forged'
  | 'malformed'
  | 'replayed'
  | 'sender-too-fast'
  | 'unexpected'

/** The outcome of something received. */
export type Received =
  | { readonly type: 'message'; readonly from: Uint8Array; readonly body: Uint8Array }
  /** An envelope to send: a notice to a peer whose clock differs, or a message once more. */
  | { readonly type: 'send'; readonly to: Uint8Array; readonly envelope: Uint8Array }
  | { readonly type: 'dropped'; readonly reason: DropReason }

/** The moment something happens at, by both clocks. */
export interface Moment {
  /** Monotonic milliseconds. */
  readonly now: number
  /** Milliseconds since the Unix epoch, perhaps wrong. */
  readonly wall: number
}

interface Unconfirmed {
  readonly id: Uint8Array
  readonly body: Uint8Array
  readonly expiresInMs: number
}

/** Seals what a node sends, opens what it receives, each message once. Owns no socket and no timer. */
export class Mailbox {
  readonly #crypto: SignalCrypto
  readonly #identity: SignalIdentity
  readonly #random: RandomBytes
  readonly #tagKey: Uint8Array
  readonly #opens: TokenBucket
  readonly #workedOpens: TokenBucket
  readonly #accepted: TokenBucket
  readonly #notices: TokenBucket
  readonly #senders = new RecentMap<TokenBucket>(MAX_PEERS)
  /** A peer's clock minus ours, where they differ by much. */
  readonly #clockOffsets = new RecentMap<number>(MAX_PEERS)
  /** The last message to each peer, by the peer's key. */
  readonly #unconfirmed = new RecentMap<Unconfirmed>(MAX_UNCONFIRMED)
  readonly #ids = new SeenSet({
    holdMs: REPLAY_WINDOW_MS,
    capacity: TOTAL_RATE.burst + (TOTAL_RATE.perSecond * REPLAY_WINDOW_MS) / 1000,
  })
  /** Tags of what was opened lately: copies from other brokers are dropped without opening them. */
  readonly #tags = new SeenSet({ holdMs: REPLAY_WINDOW_MS, capacity: 10_000 })

  constructor(
    ports: {
      readonly crypto: SignalCrypto
      readonly identity: SignalIdentity
      readonly random: RandomBytes
    },
    now: number,
  ) {
    this.#crypto = ports.crypto
    this.#identity = ports.identity
    this.#random = ports.random
    this.#tagKey = envelopeTagKey(ports.crypto, ports.identity.publicKey)
    this.#opens = new TokenBucket(OPEN_RATE, now)
    this.#workedOpens = new TokenBucket(OPEN_RATE, now)
    this.#accepted = new TokenBucket(TOTAL_RATE, now)
    this.#notices = new TokenBucket(NOTICE_RATE, now)
  }

  /** Seals a body to a peer. Throws `SIGNAL_TOO_LARGE` and `SIGNAL_BAD_KEY`. */
  seal(to: Uint8Array, body: Uint8Array, expiresInMs: number, { wall }: Moment): Uint8Array {
    const id = this.#random(ID_LENGTH)
    const envelope = this.#seal(to, { kind: MessageKind.Body, id, body }, expiresInMs, wall)
    this.#unconfirmed.set(to, { id, body, expiresInMs })
    return envelope
  }

  /** Opens an envelope. Any bytes will do; most are dropped. */
  receive(bytes: Uint8Array, moment: Moment): Received {
    const read = readEnvelope(this.#crypto, this.#tagKey, bytes)
    if (!read) return dropped('malformed')
    const { tag, envelope, worked } = read
    if (this.#tags.has(tag, moment.now)) return dropped('copy')
    if (!(worked ? this.#workedOpens : this.#opens).take(moment.now)) return dropped('flood')
    this.#tags.add(tag, moment.now)
    try {
      return this.#accept(openEnvelope(this.#crypto, this.#identity, envelope), moment)
    } catch (error) {
      if (!(error instanceof SignalError)) throw error
      return dropped(error.code === 'SIGNAL_FORGED' ? 'forged' : 'malformed')
    }
  }

  #accept(message: Message, moment: Moment): Received {
    if (this.#ids.has(message.id, moment.now)) return dropped('replayed')
    if (!this.#bucketOf(message.from, moment.now).take(moment.now)) return dropped('sender-too-fast')
    if (!this.#accepted.take(moment.now)) return dropped('flood')
    this.#ids.add(message.id, moment.now)
    return this.#judge(message, moment)
  }

  #judge(message: Message, { now, wall }: Moment): Received {
    if (message.kind === MessageKind.ClockNotice) return this.#correctClock(message, wall)
    const early = wall < message.sentAt - CLOCK_TOLERANCE_MS
    const expiresAt = Math.min(message.expiresAt, message.sentAt + MAX_LIFETIME_MS)
    if (early || wall > expiresAt + CLOCK_TOLERANCE_MS) {
      return this.#notices.take(now) ? this.#notice(message, wall) : dropped('expired')
    }
    this.#learnClock(message.from, message.clock - wall)
    return { type: 'message', from: message.from, body: message.body }
  }

  /** Tells a peer our time. Old messages played back cause one too, which the peer does not expect and drops. */
  #notice({ from, id, clock }: Message, wall: number): Received {
    const message = { kind: MessageKind.ClockNotice, id: this.#random(ID_LENGTH), body: id }
    return {
      type: 'send',
      to: from,
      envelope: this.#seal(from, message, MAX_LIFETIME_MS, wall, clock - wall),
    }
  }

  /** A notice is fresh whatever its time stamps say: it names a message of this node that only the peer could read. */
  #correctClock(notice: Message, wall: number): Received {
    const sent = this.#unconfirmed.get(notice.from)
    if (!sent || !equalBytes(sent.id, notice.body)) return dropped('unexpected')
    this.#unconfirmed.delete(notice.from)
    this.#learnClock(notice.from, notice.clock - wall)
    const message = { kind: MessageKind.Body, id: this.#random(ID_LENGTH), body: sent.body }
    return {
      type: 'send',
      to: notice.from,
      envelope: this.#seal(notice.from, message, sent.expiresInMs, wall),
    }
  }

  #learnClock(peer: Uint8Array, offset: number): void {
    // Half the tolerance: a clock that drifts on is still understood.
    if (Math.abs(offset) > CLOCK_TOLERANCE_MS / 2) this.#clockOffsets.set(peer, offset)
    else this.#clockOffsets.delete(peer)
  }

  #seal(
    to: Uint8Array,
    message: { readonly kind: MessageKind; readonly id: Uint8Array; readonly body: Uint8Array },
    expiresInMs: number,
    wall: number,
    offset = this.#clockOffsets.get(to) ?? 0,
  ): Uint8Array {
    const sentAt = time(wall + offset)
    const expiresAt = sentAt + Math.min(expiresInMs, MAX_LIFETIME_MS)
    const from = this.#identity.publicKey
    const whole = { ...message, from, clock: time(wall), sentAt, expiresAt: time(expiresAt) }
    return sealEnvelope(this.#crypto, this.#identity, to, whole, this.#random(32))
  }

  #bucketOf(sender: Uint8Array, now: number): TokenBucket {
    const bucket = this.#senders.get(sender) ?? new TokenBucket(SENDER_RATE, now)
    this.#senders.set(sender, bucket)
    return bucket
  }
}

/** The wire carries whole milliseconds from 1970 on. */
function time(ms: number): number {
  return Math.max(0, Math.round(ms))
}

function dropped(reason: DropReason): Received {
  return { type: 'dropped', reason }
}
