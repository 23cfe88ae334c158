import { type Clock, withDeadline } from '@p2pd/netif'
import type { Signal } from '@p2pd/signal-mqtt'
import { randomBytesFrom, type Random } from '../random.ts'

/** As long as the offer of a punch over UDP and TCP with a few candidates, before the padding. */
const BODY_BYTES = 300

/** An unanswered offer counts as failed then. A node repeats it after 250 and 800 ms. */
const ANSWER_MS = 10_000

const OFFER = 1
const ANSWER = 2
const ID_BYTES = 8

/** The signalling of a node, and what a node does with it: it answers offers, and waits for answers to its own. */
export class SimulatedNode {
  readonly publicKey: Uint8Array
  readonly #signal: Signal
  readonly #clock: Clock
  readonly #random: Random
  /** Ends of the wait for answers, by the id of the offer. */
  readonly #offers = new Map<string, () => void>()

  constructor(publicKey: Uint8Array, ports: { signal: Signal; clock: Clock; random: Random }) {
    this.publicKey = publicKey
    this.#signal = ports.signal
    this.#clock = ports.clock
    this.#random = ports.random
    this.#signal.onMessage((from, body) => this.#receive(from, body))
  }

  ready(signal: AbortSignal): Promise<void> {
    return this.#signal.ready(signal)
  }

  async publish(): Promise<void> {
    await this.#signal.records.publish(new Uint8Array(BODY_BYTES))
    if (!this.#signal.status().some(({ keepsRecord }) => keepsRecord))
      throw new Error('no broker keeps the record')
  }

  async fetch(owner: SimulatedNode, signal: AbortSignal): Promise<void> {
    const record = await this.#signal.records.fetch(owner.publicKey, signal)
    if (record === undefined) throw new Error('no broker has the record')
  }

  /** Sends an offer and waits for its answer. */
  async call(callee: SimulatedNode, signal: AbortSignal): Promise<void> {
    const body = new Uint8Array(BODY_BYTES)
    body.set([OFFER, ...randomBytesFrom(this.#random)(ID_BYTES)])
    const key = idOf(body)
    const timedOut = () => new Error(`no answer within ${ANSWER_MS / 1000} s`)
    const deadline = { clock: this.#clock, timeoutMs: ANSWER_MS, timedOut, signal }
    await withDeadline(deadline, async (abort) => {
      const answered = new Promise<void>((resolve, reject) => {
        this.#offers.set(key, resolve)
        abort.addEventListener('abort', () => reject(abort.reason as Error), { once: true })
      })
      await Promise.all([answered, this.#signal.send(callee.publicKey, body, { signal: abort })])
    }).finally(() => this.#offers.delete(key))
  }

  close(): Promise<void> {
    return this.#signal.close()
  }

  #receive(from: Uint8Array, body: Uint8Array): void {
    if (body[0] === ANSWER) this.#offers.get(idOf(body))?.()
    if (body[0] !== OFFER) return
    const answer = Uint8Array.from(body)
    answer[0] = ANSWER
    // Without an answer the caller repeats its offer, and in the end counts the call as failed.
    this.#signal.send(from, answer, { answer: true }).catch(() => {})
  }
}

function idOf(body: Uint8Array): string {
  return body.subarray(1, 1 + ID_BYTES).join()
}
