import { equalBytes } from '@p2pd/netif'
import { NodeError } from '../node-error.ts'
import { cpaceScalar, cpaceShare } from './cpace.ts'
import { encodeIntroduction } from './introduction.ts'
import { generatorOf, keysOf, type PairingKeys, topicsOf } from './pairing-keys.ts'
import type { PairingMachine, PairingOutput, PairingSide } from './pairing-machine.ts'
import { ATTEMPT_LENGTH, encodePairingMessage, type PairingMessage } from './pairing-message.ts'
import { ELSEWHERE, endWords, SILENT } from './code-end.ts'
import { NumberHolders } from './number-holders.ts'
import { decoded, introductionIn } from './waiting-side.ts'

/** A message without an answer is sent again: brokers lose some. */
const REPEAT_MS = 1000
/** After this long the side that has claimed the number will not answer any more. */
const PATIENCE_MS = 10_000
/** The same where no broker knows of a claim. It is enough for a broker that is slow to connect. */
const UNCLAIMED_MS = 5000
/** The same where a broker says that the claim has ended: another broker may have a newer one. */
const ENDED_MS = 2000

/** The side that was given the code. It makes one attempt. */
export class GuessingSide implements PairingMachine {
  readonly topics: readonly string[]
  readonly #side: PairingSide
  readonly #waiter: string
  readonly #claim: string
  readonly #holders = new NumberHolders()
  readonly #attempt: Uint8Array
  readonly #scalar: Uint8Array
  readonly #share: Uint8Array
  #keys: PairingKeys | undefined
  #message: PairingMessage
  #startedAt: number | undefined
  #isOver = false

  constructor(side: PairingSide) {
    this.#side = side
    this.#attempt = side.random(ATTEMPT_LENGTH)
    this.#scalar = cpaceScalar(side.random)
    this.#share = cpaceShare(generatorOf(side.code, this.#attempt), this.#scalar)
    this.#message = { type: 'hello', attempt: this.#attempt, share: this.#share }
    const topics = topicsOf(side.code.number)
    this.#waiter = topics.waiter
    this.#claim = topics.claim
    this.topics = [topics.attempt(this.#attempt), topics.claim]
  }

  wake(now: number): PairingOutput[] {
    if (this.#isOver) return []
    this.#startedAt ??= now
    const waitedMs = now - this.#startedAt
    if (waitedMs < this.#patienceMs) return [this.#send(), { type: 'wake', at: now + REPEAT_MS }]
    if (this.#holders.isHeld || this.#keys !== undefined) return this.#fail('NODE_NO_ANSWER', SILENT)
    const { end } = this.#holders
    if (end !== undefined) return this.#fail('NODE_CODE_OVER', endWords(end))
    const { number } = this.#side.code
    const digits = String(number).padStart(4, '0')
    return this.#fail('NODE_NO_ANSWER', `nobody shows a code with the number ${digits} now: ${ELSEWHERE}`)
  }

  receive(topic: string, payload: Uint8Array): PairingOutput[] {
    const message = payload.length === 0 ? undefined : decoded(payload)
    if (this.#isOver || message === undefined) return []
    if (message.type === 'claim' || message.type === 'ended') {
      if (topic === this.#claim) this.#holders.take(message)
      return []
    }
    if (!equalBytes(message.attempt, this.#attempt)) return []
    switch (message.type) {
      case 'share':
        return this.#receiveShare(message.share)
      case 'welcome':
        return this.#receiveWelcome(message)
      case 'wrong':
        if (this.#keys === undefined) return []
        return [
          { type: 'wrong', left: message.left },
          ...this.#fail('NODE_CODE_WRONG', wrongWords(message.left)),
        ]
      case 'over':
        return this.#fail('NODE_CODE_OVER', endWords(message.why))
      default:
        return []
    }
  }

  #receiveShare(share: Uint8Array): PairingOutput[] {
    // Only the first share counts: a broker that sends others would get several proofs to compare.
    if (this.#keys !== undefined) return []
    const shares = { guesser: this.#share, waiter: share }
    const keys = keysOf(this.#attempt, this.#scalar, share, shares)
    if (keys === undefined) return []
    this.#keys = keys
    const sealed = this.#side.sealing.seal(keys.seals.guesser, encodeIntroduction(this.#side.introduction))
    this.#message = { type: 'proof', attempt: this.#attempt, proof: keys.proofs.guesser, sealed }
    return [this.#send()]
  }

  #receiveWelcome({ proof, sealed }: PairingMessage & { type: 'welcome' }): PairingOutput[] {
    const keys = this.#keys
    if (keys === undefined || !equalBytes(proof, keys.proofs.waiter)) return []
    const opened = this.#side.sealing.open(keys.seals.waiter, sealed)
    const peer = opened === undefined ? undefined : introductionIn(opened)
    if (peer === undefined) return []
    this.#isOver = true
    return [{ type: 'done', peer }]
  }

  abort(): PairingOutput[] {
    this.#isOver = true
    return []
  }

  /** A side that has answered once, or holds the number, gets all the time there is. */
  get #patienceMs(): number {
    if (this.#keys !== undefined || this.#holders.isHeld) return PATIENCE_MS
    return this.#holders.end === undefined ? UNCLAIMED_MS : ENDED_MS
  }

  #send(): PairingOutput {
    return { type: 'publish', topic: this.#waiter, payload: encodePairingMessage(this.#message) }
  }

  #fail(code: 'NODE_NO_ANSWER' | 'NODE_CODE_WRONG' | 'NODE_CODE_OVER', why: string): PairingOutput[] {
    this.#isOver = true
    return [{ type: 'fail', error: new NodeError(code, why) }]
  }
}

function wrongWords(left: number): string {
  return left === 0 ? 'the code is wrong, and burnt now' : `the code is wrong: guesses left: ${left}`
}
