import { TOKEN_LENGTH } from '@p2pd/punch'
import {
  type Candidate,
  choose,
  type PathChoice,
  type UnrankedCandidate,
  withFurther,
} from '../candidates/candidate.ts'
import type { PreparedSide } from '../gathering/prepared-side.ts'
import type { StrategyName } from '../report/report.ts'
import type { Exchange } from '../signalling/exchange.ts'
import type { FurtherTerms, NodeContext, Offerer } from '../strategies/context.ts'
import type { PeerKnowledge, PunchOffer } from '../strategies/peer-knowledge.ts'

/** The part of a call's context that its offers are made from. */
export interface OfferTerms {
  readonly node: NodeContext
  readonly peer: Uint8Array
  readonly connectionId: Uint8Array
  readonly strategies: readonly StrategyName[]
  readonly paths: PathChoice
  /** Whether the call is for a service: see `Message.standsAlone`. */
  readonly standsAlone: boolean
}

const PROTOCOLS: Partial<Record<StrategyName, PreparedSide['protocol']>> = {
  'tcp-punch': 'tcp',
  'udp-punch': 'udp',
}

/** The signalling of one call: fetches the peer's record, makes the offers, and reports to the knowledge of the peer. RFC 3264 §2. */
export class CallOfferer implements Offerer {
  readonly #exchange: Pick<Exchange, 'offer' | 'fetchRecord'>
  readonly #terms: OfferTerms
  readonly #knowledge: PeerKnowledge
  /** Ends everything: the call is over. */
  readonly #signal: AbortSignal
  /** Sides that no attempt has claimed yet. */
  readonly #unclaimed = new Set<PreparedSide>()

  constructor(
    exchange: Pick<Exchange, 'offer' | 'fetchRecord'>,
    terms: OfferTerms,
    knowledge: PeerKnowledge,
    signal: AbortSignal,
  ) {
    this.#exchange = exchange
    this.#terms = terms
    this.#knowledge = knowledge
    this.#signal = signal
  }

  /** Fetches the record and makes the first offer, both at once. Fails when no broker takes the offer, or no peer answers it. */
  async start(): Promise<void> {
    await Promise.all([this.#fetchRecord(), this.#offer(this.#terms.strategies, 0)])
  }

  /** A second offer that fails changes nothing for the call: the first one has said what there is to say. */
  async offerAgain(name: StrategyName, terms: FurtherTerms = {}): Promise<void> {
    try {
      await this.#offer([name], 1, terms)
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

  async #offer(
    strategies: readonly StrategyName[],
    failedAttempts: number,
    { further = [], token: given }: FurtherTerms = {},
  ): Promise<void> {
    const own = await this.#prepare(strategies, failedAttempts, given)
    if (this.#signal.aborted) return this.close()
    this.#knowledge.learnOffer(own)
    const { connectionId, peer, standsAlone } = this.#terms
    const { sides, token } = own
    const punch = sides.length > 0 || further.length > 0 ? { token, failedAttempts, sides } : undefined
    const offer = { connectionId, candidates: this.#candidates(further), strategies, punch, standsAlone }
    this.#knowledge.learnAnswer(own, await this.#exchange.offer(peer, offer, this.#signal))
  }

  async #prepare(
    strategies: readonly StrategyName[],
    failedAttempts: number,
    token: Uint8Array = this.#terms.node.runtime.random(TOKEN_LENGTH),
  ): Promise<PunchOffer> {
    const { node, paths } = this.#terms
    const protocols = strategies.flatMap((name) => PROTOCOLS[name] ?? [])
    const isOnlyWay = protocols.length === strategies.length
    const wanted = {
      protocols,
      failedAttempts,
      isOnlyWay,
      ...(paths.families && { families: paths.families }),
    }
    const acquired = protocols.length === 0 ? { sides: [] } : await node.punchSides.acquire(wanted)
    for (const side of acquired.sides) this.#unclaimed.add(side)
    return { strategies, token, failedAttempts, ...acquired }
  }

  /** The candidates of this node, and last those that are for this peer alone. */
  #candidates(further: readonly UnrankedCandidate[]): Candidate[] {
    return withFurther(choose(this.#terms.node.candidates(), this.#terms.paths), further)
  }
}
