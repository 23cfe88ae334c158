import { equalBytes } from '@p2pd/netif'
import { NodeError } from '../node-error.ts'
import { cpaceScalar, cpaceShare } from './cpace.ts'
import { decodeIntroduction, encodeIntroduction } from './introduction.ts'
import { generatorOf, keysOf, type PairingKeys, topicsOf } from './pairing-keys.ts'
import type { PairingMachine, PairingOutput, PairingSide } from './pairing-machine.ts'
import {
  ATTEMPT_LENGTH,
  type CodeEnd,
  decodePairingMessage,
  encodePairingMessage,
  type PairingMessage,
} from './pairing-message.ts'

/** Wrong guesses that burn a code: a stranger's chance is 3 in 2^18. */
const MAX_GUESSES = 3
/** How long a code lives. */
const LIFETIME_MS = 600_000
/** How long another holder of the number has to speak up. */
const CLAIM_MS = 500
/** Attempts that are answered, complete or not: beyond, somebody only wants to keep this side busy. */
const MAX_ATTEMPTS = 100

interface Attempt {
  readonly share: Uint8Array
  readonly keys: PairingKeys | undefined
  /** The answer to a proof, sent again when the proof comes again. */
  answer: PairingMessage | undefined
}

/** The side that shows the code and waits. It claims the number, then answers attempts until one proves the code. */
export class WaitingSide implements PairingMachine {
  readonly topics: readonly string[]
  readonly #side: PairingSide
  readonly #topics: ReturnType<typeof topicsOf>
  readonly #holder: Uint8Array
  readonly #attempts = new Map<string, Attempt>()
  #state: 'new' | 'claiming' | 'waiting' | 'over' = 'new'
  #left = MAX_GUESSES
  #endsAt = 0
  #why: CodeEnd | undefined

  constructor(side: PairingSide) {
    this.#side = side
    this.#topics = topicsOf(side.code.number)
    this.#holder = side.random(ATTEMPT_LENGTH)
    this.topics = [this.#topics.claim, this.#topics.waiter]
  }

  wake(now: number): PairingOutput[] {
    switch (this.#state) {
      case 'new':
        this.#state = 'claiming'
        this.#endsAt = now + LIFETIME_MS
        return [this.#claim(), { type: 'wake', at: now + CLAIM_MS }]
      case 'claiming':
        this.#state = 'waiting'
        return [{ type: 'ready' }, { type: 'wake', at: this.#endsAt }]
      case 'waiting':
        if (now < this.#endsAt) return [{ type: 'wake', at: this.#endsAt }]
        return this.#end('expired', 'nobody has used the code within ten minutes')
      case 'over':
        return []
    }
  }

  receive(topic: string, payload: Uint8Array): PairingOutput[] {
    const message = payload.length === 0 ? undefined : decoded(payload)
    if (message === undefined) return []
    if (topic === this.#topics.claim) return this.#receiveClaim(message)
    if (message.type === 'hello') return this.#receiveHello(message)
    return message.type === 'proof' ? this.#receiveProof(message) : []
  }

  abort(): PairingOutput[] {
    const holdsNumber = this.#state === 'claiming' || this.#state === 'waiting'
    this.#state = 'over'
    return holdsNumber ? [this.#release('withdrawn')] : []
  }

  #receiveClaim(message: PairingMessage): PairingOutput[] {
    if (message.type !== 'claim' || equalBytes(message.holder, this.#holder)) return []
    // The claim of the earlier holder stands: it is sent again, so that the later one draws another number.
    if (this.#state === 'waiting') return [this.#claim()]
    if (this.#state !== 'claiming') return []
    this.#state = 'over'
    return [
      { type: 'fail', error: new NodeError('NODE_CODE_TAKEN', 'somebody else uses the number of the code') },
    ]
  }

  #receiveHello({ attempt, share }: PairingMessage & { type: 'hello' }): PairingOutput[] {
    const known = this.#attempts.get(attempt.join())
    if (known !== undefined) return [this.#publish(attempt, { type: 'share', attempt, share: known.share })]
    if (this.#state === 'over') return [this.#over(attempt)]
    if (this.#state !== 'waiting' || this.#attempts.size >= MAX_ATTEMPTS) return []
    const scalar = cpaceScalar(this.#side.random)
    const own = cpaceShare(generatorOf(this.#side.code, attempt), scalar)
    const keys = keysOf(attempt, scalar, share, { guesser: share, waiter: own })
    this.#attempts.set(attempt.join(), { share: own, keys, answer: undefined })
    return [this.#publish(attempt, { type: 'share', attempt, share: own })]
  }

  #receiveProof({ attempt, proof, sealed }: PairingMessage & { type: 'proof' }): PairingOutput[] {
    const known = this.#attempts.get(attempt.join())
    if (known === undefined) return []
    if (known.answer !== undefined) return [this.#publish(attempt, known.answer)]
    if (this.#state !== 'waiting') return [this.#over(attempt)]
    const { keys } = known
    if (keys === undefined || !equalBytes(proof, keys.proofs.guesser)) return this.#wrong(attempt, known)
    const opened = this.#side.sealing.open(keys.seals.guesser, sealed)
    if (opened === undefined) return this.#wrong(attempt, known)
    const peer = introductionIn(opened)
    if (peer === undefined) return this.#wrong(attempt, known)
    const own = this.#side.sealing.seal(keys.seals.waiter, encodeIntroduction(this.#side.introduction))
    known.answer = { type: 'welcome', attempt, proof: keys.proofs.waiter, sealed: own }
    this.#state = 'over'
    return [this.#publish(attempt, known.answer), this.#release('used'), { type: 'done', peer }]
  }

  #wrong(attempt: Uint8Array, known: Attempt): PairingOutput[] {
    this.#left--
    known.answer = { type: 'wrong', attempt, left: this.#left }
    const outputs: PairingOutput[] = [
      this.#publish(attempt, known.answer),
      { type: 'wrong', left: this.#left },
    ]
    if (this.#left > 0) return outputs
    return [...outputs, ...this.#end('burnt', 'three wrong guesses have burnt the code')]
  }

  #end(why: CodeEnd, words: string): PairingOutput[] {
    this.#state = 'over'
    return [this.#release(why), { type: 'fail', error: new NodeError('NODE_CODE_OVER', words) }]
  }

  #over(attempt: Uint8Array): PairingOutput {
    return this.#publish(attempt, { type: 'over', attempt, why: this.#why })
  }

  #claim(): PairingOutput {
    const payload = encodePairingMessage({ type: 'claim', holder: this.#holder })
    return { type: 'publish', topic: this.#topics.claim, payload, retain: true }
  }

  /** Frees the number for others, and tells who comes too late. */
  #release(why: CodeEnd): PairingOutput {
    this.#why = why
    const payload = encodePairingMessage({ type: 'ended', holder: this.#holder, why })
    return { type: 'publish', topic: this.#topics.claim, payload, retain: true }
  }

  #publish(attempt: Uint8Array, message: PairingMessage): PairingOutput {
    return { type: 'publish', topic: this.#topics.attempt(attempt), payload: encodePairingMessage(message) }
  }
}

/** Strangers write to the same topics: other bytes are dropped. */
export function decoded(payload: Uint8Array): PairingMessage | undefined {
  try {
    return decodePairingMessage(payload)
  } catch {
    return undefined
  }
}

/** Undefined for bytes that a side with the same code would not send. */
export function introductionIn(bytes: Uint8Array): ReturnType<typeof decodeIntroduction> | undefined {
  try {
    return decodeIntroduction(bytes)
  } catch {
    return undefined
  }
}
