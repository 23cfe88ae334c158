import type { Clock } from '@p2pd/netif'
import type { Candidate } from './candidate.ts'
import { decodeMessage, encodeMessage, type Message } from './message.ts'
import { NodeError } from './node-error.ts'
import { decodeRecord } from './record.ts'
import type { Log } from './runtime.ts'
import type { Signal } from './signal.ts'

/** What an exchange works with. */
export interface ExchangeOptions {
  readonly signal: Signal
  readonly clock: Clock
  /** The candidates to answer an offer with. */
  readonly candidates: () => Promise<readonly Candidate[]>
  /**
   * Does this side's part of an offer: what its strategies ask of the peer; false leaves the offer unanswered. Called for
   * repeated offers, too.
   */
  readonly onOffer: (from: Uint8Array, offer: Message) => boolean
  readonly log?: Log | undefined
}

/** An offer waiting for its answer. */
interface Pending {
  readonly peer: Uint8Array
  readonly answered: (candidates: readonly Candidate[]) => void
}

/** A peer that subscribes just now, or a broker that reconnects, misses an offer: it is repeated this often. */
const REPEAT_MS = 2000
/** How long an answer may take: five offers. Some peers wake up late; an absent one costs no more than this. */
const ANSWER_TIMEOUT_MS = 10_000

/** Offers and answers over signalling: each offer of a connection is answered with the peer's candidates. */
export class Exchange {
  readonly #options: ExchangeOptions
  readonly #pending = new Map<string, Pending>()
  readonly #stopListening: () => void

  constructor(options: ExchangeOptions) {
    this.#options = options
    this.#stopListening = options.signal.onMessage((from, body) => this.#receive(from, body))
  }

  /** Offers a connection; resolves to the peer's candidates, rejects when no broker or no peer answers. */
  offer(peer: Uint8Array, offer: Omit<Message, 'type'>, abort: AbortSignal): Promise<readonly Candidate[]> {
    const { signal, clock } = this.#options
    const body = encodeMessage({ type: 'offer', ...offer })
    const key = keyOf(offer.connectionId)
    const deadline = clock.now() + ANSWER_TIMEOUT_MS
    return new Promise((resolve, reject) => {
      let cancelRepeat = () => {}
      const finish = (settle: () => void) => {
        cancelRepeat()
        this.#pending.delete(key)
        abort.removeEventListener('abort', aborted)
        settle()
      }
      const aborted = () => finish(() => reject(abort.reason as Error))
      const send = () => {
        if (clock.now() >= deadline) return finish(() => reject(noAnswer()))
        cancelRepeat = clock.at(Math.min(clock.now() + REPEAT_MS, deadline), send)
        signal.send(peer, body).catch((error: Error) => finish(() => reject(noBroker(error))))
      }
      if (abort.aborted) return reject(abort.reason as Error)
      abort.addEventListener('abort', aborted)
      this.#pending.set(key, { peer, answered: (candidates) => finish(() => resolve(candidates)) })
      send()
    })
  }

  /** The candidates in a peer's record; none when no broker has a good one. */
  async fetchRecord(peer: Uint8Array, abort: AbortSignal): Promise<readonly Candidate[]> {
    try {
      const record = await this.#options.signal.records.fetch(peer, abort)
      return record === undefined ? [] : decodeRecord(record.body)
    } catch (error) {
      // The answer to the offer says the same, half a trip later.
      this.#options.log?.('record-refused', { reason: (error as Error).message })
      return []
    }
  }

  close(): void {
    this.#stopListening()
  }

  #receive(from: Uint8Array, body: Uint8Array): void {
    try {
      const message = decodeMessage(body)
      if (message.type === 'answer') return this.#answered(from, message)
      if (this.#options.onOffer(from, message)) void this.#answer(from, message)
    } catch (error) {
      this.#options.log?.('signal-refused', { reason: (error as Error).message })
    }
  }

  #answered(from: Uint8Array, { connectionId, candidates }: Message): void {
    const pending = this.#pending.get(keyOf(connectionId))
    if (pending !== undefined && keyOf(pending.peer) === keyOf(from)) pending.answered(candidates)
  }

  async #answer(to: Uint8Array, { connectionId }: Message): Promise<void> {
    const { signal, candidates, log } = this.#options
    try {
      const answer = { type: 'answer', connectionId, candidates: await candidates(), strategies: [] } as const
      await signal.send(to, encodeMessage(answer))
    } catch (error) {
      // The caller repeats its offer; the next answer may find a broker.
      log?.('answer-failed', { reason: (error as Error).message })
    }
  }
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

/** That no broker took a message, with the next thing to try. */
export function noBroker(cause: Error): NodeError {
  return new NodeError(
    'NODE_NO_BROKER',
    `${cause.message}; start a broker, or name another in the servers file`,
    { cause },
  )
}
