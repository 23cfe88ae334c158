import { sleep } from '@p2pd/netif'
import { planPunch, TOKEN_LENGTH } from '@p2pd/punch'
import {
  type Candidate,
  choose,
  type PathChoice,
  type UnrankedCandidate,
  withFurther,
} from '../candidates/candidate.ts'
import type { PreparedSide } from '../gathering/prepared-side.ts'
import type { AcquiredSides, SidesByProtocol } from '../gathering/acquired-sides.ts'
import type { StrategyName } from '../report/report.ts'
import { NodeError } from '../node-error.ts'
import type { Answer, CallExchange } from '../signalling/exchange.ts'
import { LONG_DELAY_MS } from '../strategies/attempt-delay.ts'
import type { FurtherTerms, NodeContext, Offerer } from '../strategies/context.ts'
import type { PeerKnowledge, PunchOffer } from '../strategies/peer-knowledge.ts'
import { allReady, faultsOf, firstReady, type PunchProtocol, type ReadySides } from './ready-sides.ts'

/** The part of a call's context that its offers are made from. */
export interface OfferTerms {
  readonly node: NodeContext
  readonly peer: Uint8Array
  readonly connectionId: Uint8Array
  readonly strategies: readonly StrategyName[]
  readonly paths: PathChoice
  /** Whether the call is for a service: see `Message.standsAlone`. */
  readonly standsAlone: boolean
  /** Whether the call is for a session without a path: its later offers do not wait for a punch that runs. @default false */
  readonly isUrgent?: boolean
}

const PROTOCOLS: Partial<Record<StrategyName, PunchProtocol>> = {
  'tcp-punch': 'tcp',
  'udp-punch': 'udp',
}

/** How long the first offer waits for the first local side, where it has other strategies to offer. */
const SIDES_PATIENCE_MS = 25

/** The signalling of one call: fetches the peer's record, makes the offers, and reports to the knowledge of the peer. RFC 3264 §2. */
export class CallOfferer implements Offerer {
  readonly #exchange: CallExchange
  readonly #terms: OfferTerms
  readonly #knowledge: PeerKnowledge
  /** Ends everything: the call is over. */
  readonly #signal: AbortSignal
  /** Sides that no attempt has claimed yet. */
  readonly #unclaimed = new Set<PreparedSide>()
  #hasHurried = false
  /** Aborted when the first offer got no answer: the later ones ask a peer that is not there. */
  readonly #silence = new AbortController()

  constructor(exchange: CallExchange, terms: OfferTerms, knowledge: PeerKnowledge, signal: AbortSignal) {
    this.#exchange = exchange
    this.#terms = terms
    this.#knowledge = knowledge
    this.#signal = signal
  }

  /** Fetches the record and makes the first offers, all at once. Fails when no broker takes the offer, or no peer answers it. */
  async start(): Promise<void> {
    await Promise.all([this.#fetchRecord(), this.#firstOffers()])
  }

  /** A second offer that fails changes nothing for the call: the first one has said what there is to say. */
  async offerAgain(name: StrategyName, terms: FurtherTerms = {}): Promise<void> {
    try {
      const sides = await allReady(this.#acquire([name], 1))
      await this.#offer([name], sides, 1, terms)
    } catch (error) {
      this.#terms.node.runtime.log?.('no-second-answer', { reason: (error as Error).message })
    }
  }

  claim(side: PreparedSide): (isUsed: boolean) => void {
    this.#unclaimed.delete(side)
    return (isUsed) => this.#terms.node.punchSides.release(side, isUsed)
  }

  /** Gives back the sides that no attempt has claimed. */
  close(): void {
    for (const side of this.#unclaimed) this.#terms.node.punchSides.release(side, false)
    this.#unclaimed.clear()
  }

  /** The peer's record saves half a signalling round trip. A missing record is not an error. */
  async #fetchRecord(): Promise<void> {
    const record = await this.#exchange.fetchRecord(this.#terms.peer, this.#signal)
    if (record !== undefined) this.#knowledge.learnRecord(record)
  }

  /**
   * Nothing that is ready waits for a punch whose side takes a trip to a STUN server: that one is offered later. The later
   * offer waits while a punch between two known mappings is under way, since sealing and answering it would delay that one.
   */
  async #firstOffers(): Promise<void> {
    const { strategies, node, peer } = this.#terms
    const acquired = this.#acquire(strategies, 0)
    const isOnlyPunches = strategies.every(isPunch)
    const patienceMs = isOnlyPunches ? undefined : SIDES_PATIENCE_MS
    // The sides of a program that starts come while its broker is dialled, and the first offer has them.
    await this.#exchange.sendable(peer, this.#signal)
    const ready = await firstReady(node.runtime.clock, acquired, patienceMs, this.#signal)
    const late = [...acquired].filter(([protocol]) => !ready.has(protocol))
    const isLate = (name: StrategyName) => late.some(([protocol]) => PROTOCOLS[name] === protocol)
    const namesOf = (protocol: PunchProtocol) => strategies.filter((name) => PROTOCOLS[name] === protocol)
    const lateOffers = late.map(async ([protocol, sides]) => {
      const own = new Map([[protocol, await sides]])
      await this.#whileNearlyConnected()
      return this.#offer(namesOf(protocol), own, 0)
    })
    const corrected = [...acquired].map(async ([protocol, sides]) =>
      this.#correct(namesOf(protocol), await sides),
    )
    const first = strategies.filter((name) => !isLate(name))
    await Promise.all([this.#offer(first, ready, 0), ...lateOffers, ...corrected])
  }

  /** Offers once more when the NAT is not what the sides took it for. */
  async #correct(names: readonly StrategyName[], { isRight }: AcquiredSides): Promise<void> {
    if ((await isRight) ?? true) return
    if (!this.#signal.aborted)
      await this.#offer(names, await allReady(this.#acquire(names, 0)), 0, { isCorrection: true })
  }

  /** Waits while a first punch runs between two known mappings, which nearly always works. An urgent call does not wait. */
  async #whileNearlyConnected(): Promise<void> {
    const isNearlyConnected = this.#knowledge.checklists.some(({ pairs }) =>
      pairs.some(({ local: { protocol, side }, remote }) => {
        const { technique } = planPunch(side, remote, { protocol, controlling: true, failedAttempts: 0 })
        return technique === 'known-mappings'
      }),
    )
    if (!isNearlyConnected || this.#terms.isUrgent === true) return
    // A call that is over makes no further offer.
    await sleep(this.#terms.node.runtime.clock, LONG_DELAY_MS, this.#signal).catch(() => {})
  }

  async #offer(
    strategies: readonly StrategyName[],
    ready: ReadySides,
    failedAttempts: number,
    terms: FurtherTerms & Pick<PunchOffer, 'isCorrection'> = {},
  ): Promise<void> {
    if (this.#signal.aborted) return
    const { further = [], token = this.#terms.node.runtime.random(TOKEN_LENGTH), isCorrection } = terms
    const sides = [...ready.values()].flatMap((one) => one.sides)
    const own = { strategies, token, failedAttempts, sides, isCorrection, faults: faultsOf(ready) }
    this.#knowledge.learnOffer(own)
    if (sides.length === 0 && strategies.every(isPunch)) return
    const { connectionId, peer, standsAlone } = this.#terms
    const punch = sides.length > 0 || further.length > 0 ? { token, failedAttempts, sides } : undefined
    const offer = { connectionId, candidates: this.#candidates(further), strategies, punch, standsAlone }
    this.#knowledge.learnAnswer(own, await this.#answerTo(peer, offer))
  }

  /**
   * All offers of a call share one time for the first answer. Each of them is repeated until then, and a living peer answers
   * any of them. After the first answer each offer has its own time.
   */
  async #answerTo(peer: Uint8Array, offer: Parameters<CallExchange['offer']>[1]): Promise<Answer> {
    try {
      const signal = AbortSignal.any([this.#signal, this.#silence.signal])
      return await this.#exchange.offer(peer, offer, signal)
    } catch (error) {
      const isSilent = error instanceof NodeError && error.code === 'NODE_NO_ANSWER'
      if (isSilent && !this.#knowledge.isAnswered) this.#silence.abort(error)
      throw error
    }
  }

  #acquire(strategies: readonly StrategyName[], failedAttempts: number): SidesByProtocol {
    const { node, paths } = this.#terms
    const protocols = strategies.flatMap((name) => PROTOCOLS[name] ?? [])
    if (protocols.length === 0) return new Map()
    const { families } = paths
    const isOnlyWay = protocols.length === strategies.length
    // No call waits for the discovery of a NAT at first: nine in ten are what the sides take them for.
    const isUrgent = !this.#hasHurried
    this.#hasHurried = true
    const wanted = { protocols, failedAttempts, isOnlyWay, isUrgent, ...(families && { families }) }
    const acquired = node.punchSides.acquire(wanted)
    for (const one of acquired.values()) void one.then(({ sides }) => this.#own(sides))
    return acquired
  }

  /** Sides that come when the call is over are given back. */
  #own(sides: readonly PreparedSide[]): void {
    for (const side of sides) this.#unclaimed.add(side)
    if (this.#signal.aborted) this.close()
  }

  /** The candidates of this node, and last those that are for this peer alone. */
  #candidates(further: readonly UnrankedCandidate[]): Candidate[] {
    return withFurther(choose(this.#terms.node.candidates(), this.#terms.paths), further)
  }
}

function isPunch(name: StrategyName): boolean {
  return PROTOCOLS[name] !== undefined
}
