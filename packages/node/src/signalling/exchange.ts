import { abortable, type Clock, sleep } from '@p2pd/netif'
import type { Candidate } from '../candidates/candidate.ts'
import { type ClockOffset, estimateClockOffset } from './clock-offset.ts'
import { decodeMessage, encodeMessage, type Message, type PunchTerms } from './message.ts'
import { NodeError } from '../node-error.ts'
import { decodeRecord, type NodeRecord } from './record.ts'
import type { Log } from '../runtime/runtime.ts'
import { decodeInstance, type Instance } from './shared-identity.ts'
import type { Signal } from './signal.ts'

/** The parts an exchange works with. */
export interface ExchangeOptions {
  readonly signal: Signal
  readonly clock: Clock
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
  readonly answerer: OfferAnswerer
  /** Called with the instance of a program that listens with the same identity, and its key. @default ignored */
  readonly onInstance?: ((from: Uint8Array, instance: Instance) => void) | undefined
  readonly log?: Log | undefined
}

/** The part of a node that answers the offers of others. RFC 3264 §2. */
export interface OfferAnswerer {
  /** Gives the answer to an offer; undefined leaves it unanswered. Called for repeated offers, too. */
  answer(from: Uint8Array, offer: Message): Promise<AnswerTerms> | undefined
}

/** The contents of an answer. */
export interface AnswerTerms {
  readonly candidates: readonly Candidate[]
  readonly sides: PunchTerms['sides']
  /** The addresses of the TURN servers of the peer. */
  readonly turnServers?: readonly string[] | undefined
}

/** An answer, as the caller gets it. */
export interface Answer extends AnswerTerms {
  /** How far the peer's clock is ahead. */
  readonly clockOffset: ClockOffset
}

/** An offer waiting for its answer. */
interface Pending {
  readonly peer: Uint8Array
  readonly sentAt: number
  /** Sends the offer once more, unless that was done a moment ago. */
  readonly sendAgain: () => void
  readonly answered: (answer: Answer) => void
}

/** A peer that subscribes just now, or a broker that reconnects, misses an offer. So the caller repeats it. */
const REPEAT_MS = 2000
/** An offer of the peer that comes so long after the own one tells that the peer may have missed that. */
const MISSED_MS = 200
/** How long an answer may take: five offers. Some peers wake up late; an absent peer costs no more than this. */
const ANSWER_TIMEOUT_MS = 10_000

/** Offers that may return to the node that made them: those of a second, by far. */
const MAX_MADE = 256

/** Sends offers and waits for their answers; receives offers and sends the answers of the answerer. RFC 3264. */
export class Exchange {
  readonly #options: ExchangeOptions
  readonly #pending = new Map<string, Pending>()
  /** Offers of this node. They return to it when it calls its own id, for another program of the same identity. */
  readonly #made = new Set<string>()
  readonly #stopListening: () => void

  constructor(options: ExchangeOptions) {
    this.#options = options
    this.#stopListening = options.signal.onMessage((from, body) => this.#receive(from, body))
  }

  /** Offers a connection. Fails with `NODE_NO_BROKER` or `NODE_NO_ANSWER`, or with the reason of the signal. */
  offer(peer: Uint8Array, offer: Omit<Message, 'type' | 'times'>, abort: AbortSignal): Promise<Answer> {
    const { signal, clock, wallClock } = this.#options
    const sentAt = wallClock()
    const body = encodeMessage({ type: 'offer', times: [sentAt], ...offer })
    const key = offerKey(offer)
    this.#made.add(key)
    const [oldest] = this.#made
    if (this.#made.size > MAX_MADE && oldest !== undefined) this.#made.delete(oldest)
    const deadline = clock.now() + ANSWER_TIMEOUT_MS
    return new Promise((resolve, reject) => {
      let cancelRepeat = () => {}
      let lastAt = clock.now()
      const finish = (settle: () => void) => {
        cancelRepeat()
        this.#pending.delete(key)
        abort.removeEventListener('abort', aborted)
        settle()
      }
      const aborted = () => finish(() => reject(abort.reason as Error))
      const send = () => {
        if (clock.now() >= deadline) return finish(() => reject(noAnswer()))
        lastAt = clock.now()
        cancelRepeat()
        cancelRepeat = clock.at(Math.min(clock.now() + REPEAT_MS, deadline), send)
        signal.send(peer, body).catch((error: Error) => finish(() => reject(noBroker(error))))
      }
      if (abort.aborted) return reject(abort.reason as Error)
      abort.addEventListener('abort', aborted)
      this.#options.log?.('offer-sent', { at: sentAt })
      const sendAgain = () => {
        if (clock.now() - lastAt >= MISSED_MS) send()
      }
      this.#pending.set(key, { peer, sentAt, sendAgain, answered: (answer) => finish(() => resolve(answer)) })
      send()
    })
  }

  /** Resolves when an offer can leave, or none can, or when the call is over. */
  async sendable(peer: Uint8Array, abort: AbortSignal): Promise<void> {
    await abortable(Promise.resolve(this.#options.signal.sendable?.(peer)), abort).catch(() => {}) // The offer says why.
  }

  /** A peer's record; undefined when no broker has a good one. */
  async fetchRecord(peer: Uint8Array, abort: AbortSignal): Promise<NodeRecord | undefined> {
    try {
      const record = await this.#options.signal.records.fetch(peer, abort)
      this.#options.log?.('record-fetched', { at: this.#options.wallClock(), found: record !== undefined })
      return record && decodeRecord(record.body)
    } catch (error) {
      // The answer to the offer says the same, half a trip later.
      this.#options.log?.('record-refused', { reason: (error as Error).message })
      return undefined
    }
  }

  close(): void {
    this.#stopListening()
  }

  #receive(from: Uint8Array, body: Uint8Array): void {
    const receivedAt = this.#options.wallClock()
    try {
      const instance = decodeInstance(body)
      if (instance !== undefined) return this.#options.onInstance?.(from, instance)
      const message = decodeMessage(body)
      if (message === undefined)
        return this.#options.log?.('signal-ignored', { reason: 'a type of a later version' })
      if (message.type === 'answer') return this.#answered(from, message, receivedAt)
      if (this.#made.has(offerKey(message))) return
      this.#options.log?.('offer-received', { at: receivedAt })
      const reply = this.#options.answerer.answer(from, message)
      if (reply !== undefined) void this.#answer(from, message, reply, receivedAt)
      else this.#offerAgain(from)
    } catch (error) {
      this.#options.log?.('signal-refused', { reason: (error as Error).message })
    }
  }

  /** Glare: the own call stands, and the peer is there. It may not have been when the own offer was sent. */
  #offerAgain(peer: Uint8Array): void {
    const key = keyOf(peer)
    for (const pending of this.#pending.values()) if (keyOf(pending.peer) === key) pending.sendAgain()
  }

  #answered(from: Uint8Array, answer: Message, returnedAt: number): void {
    const pending = this.#pending.get(offerKey(answer))
    if (pending === undefined || keyOf(pending.peer) !== keyOf(from)) return
    this.#options.log?.('answer-received', { at: returnedAt })
    const [receivedAt = 0, answeredAt = 0] = answer.times
    const clockOffset = estimateClockOffset({ sentAt: pending.sentAt, receivedAt, answeredAt, returnedAt })
    const { candidates, punch, turnServers } = answer
    pending.answered({ candidates, sides: punch?.sides ?? [], turnServers, clockOffset })
  }

  async #answer(
    to: Uint8Array,
    { connectionId, punch }: Message,
    reply: Promise<AnswerTerms>,
    receivedAt: number,
  ): Promise<void> {
    const { signal, clock, wallClock, log } = this.#options
    try {
      const { candidates, sides, turnServers } = await reply
      // Punches begin first: to encode and seal the answer takes milliseconds, and the caller seldom waits for it.
      if (punch !== undefined) await sleep(clock, 0)
      const times = [receivedAt, wallClock()]
      const answer = { type: 'answer', connectionId, candidates, strategies: [], times, turnServers } as const
      const terms = punch && { ...punch, sides }
      await signal.send(to, encodeMessage({ ...answer, punch: terms }), { answer: true })
    } catch (error) {
      // The caller repeats its offer; the next answer may find a broker.
      log?.('answer-failed', { reason: (error as Error).message })
    }
  }
}

/** The part of an exchange that a call uses. */
export type CallExchange = Pick<Exchange, 'offer' | 'sendable' | 'fetchRecord'>

/** The exchange for one call. Of a record of the own id nobody knows which program has left it. */
export function exchangeFor(exchange: Exchange | undefined, isOwnId: boolean): CallExchange | undefined {
  if (!isOwnId || exchange === undefined) return exchange
  return {
    offer: (to, offer, abort) => exchange.offer(to, offer, abort),
    sendable: (to, abort) => exchange.sendable(to, abort),
    fetchRecord: () => Promise.resolve(undefined),
  }
}

/** Names an offer of a call: each attempt has its own. */
function offerKey({ connectionId, punch }: Pick<Message, 'connectionId' | 'punch'>): string {
  return `${keyOf(connectionId)} ${keyOf(punch?.token ?? new Uint8Array())}`
}

function keyOf(bytes: Uint8Array): string {
  return bytes.join()
}

function noAnswer(): NodeError {
  return new NodeError(
    'NODE_NO_ANSWER',
    `no answer within ${ANSWER_TIMEOUT_MS / 1000} s: the peer is not running, or listens on other brokers; compare both servers files`,
  )
}

/** The error `NODE_NO_BROKER`, with the next thing to try. */
export function noBroker(cause: Error): NodeError {
  return new NodeError(
    'NODE_NO_BROKER',
    `${cause.message}; start a broker, or name another in the servers file`,
    { cause },
  )
}
