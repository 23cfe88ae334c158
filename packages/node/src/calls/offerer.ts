import type { Interface } from '@p2pd/netif'
import { type Candidate, choose, type PathChoice } from '../candidates/candidate.ts'
import type { Exchange } from '../signalling/exchange.ts'
import type { ReflexiveGatherer } from '../gathering/reflexive-gatherer.ts'
import type { PreparedSide } from '../gathering/prepared-side.ts'
import { type Pairing, pairWithAnswer, pairWithRecord, type PunchOutlook } from '../punching/pairing.ts'
import { TOKEN_LENGTH } from '@p2pd/punch'
import type { Record } from '../signalling/record.ts'
import type { StrategyName } from '../report/report.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Known } from '../strategies/strategy.ts'

/** What an enquiry works with. */
export interface EnquiryOptions {
  readonly runtime: Runtime
  readonly exchange: Pick<Exchange, 'offer' | 'fetchRecord'>
  readonly gatherer: Pick<ReflexiveGatherer, 'acquire' | 'giveBack'>
  readonly terms: EnquiryTerms
  /** Ends it. */
  readonly signal: AbortSignal
  /** Called with what is known, whenever there is more. */
  readonly tell: (known: Known) => void
}

/** Whom it asks, and for what. */
export interface EnquiryTerms {
  readonly peer: Uint8Array
  readonly connectionId: Uint8Array
  readonly strategies: readonly StrategyName[]
  readonly paths: PathChoice
  /** Where the caller itself may be reached. */
  readonly candidates: readonly Candidate[]
}

/** One offer's own half of what is to be punched. */
interface Round {
  readonly strategies: readonly StrategyName[]
  readonly token: Uint8Array
  readonly attempt: number
  readonly sides: readonly PreparedSide[]
  readonly fault?: string | undefined
}

const PROTOCOLS = { 'tcp-punch': 'tcp', 'udp-punch': 'udp' } as const

/** Asks the brokers for the peer's record and the peer itself for an answer, both at once. */
export class Enquiry {
  readonly #options: EnquiryOptions
  readonly #interfaces: readonly Interface[]
  /** Sides that no attempt has taken over yet. */
  readonly #unused = new Set<PreparedSide>()
  #record: Record | undefined
  #first: Round | undefined
  #isAnswered = false
  clockOffset: ClockOffset | undefined

  constructor(interfaces: readonly Interface[], options: EnquiryOptions) {
    this.#interfaces = interfaces
    this.#options = options
  }

  /** Fails when no broker takes the offer, or no peer answers it. */
  async run(): Promise<void> {
    await Promise.all([this.#look(), this.#ask(this.#options.terms.strategies, 0)])
  }

  /** A second offer, for one strategy alone, with fresh sides. */
  again(name: StrategyName): Promise<void> {
    return this.#ask([name], 1)
  }

  /** Hands a side over to an attempt; returns what gives it back. */
  handOver(side: PreparedSide): (isUsed: boolean) => void {
    this.#unused.delete(side)
    return (isUsed) => this.#options.gatherer.giveBack(side, isUsed)
  }

  close(): void {
    for (const side of this.#unused) this.#options.gatherer.giveBack(side, false)
    this.#unused.clear()
  }

  /** A record spares half a signalling trip; that there is none is no fault. */
  async #look(): Promise<void> {
    const { exchange, terms, signal } = this.#options
    this.#record = await exchange.fetchRecord(terms.peer, signal)
    this.#tellRecord()
  }

  async #ask(strategies: readonly StrategyName[], attempt: number): Promise<void> {
    const { exchange, terms, signal } = this.#options
    const round = await this.#prepare(strategies, attempt)
    if (signal.aborted) return this.close()
    if (attempt === 0) {
      this.#first = round
      this.#tellRecord()
    }
    const { sides, token } = round
    const { connectionId, peer } = terms
    const punch = sides.length > 0 ? { token, attempt, sides } : undefined
    const offer = { connectionId, candidates: this.#candidates, strategies, punch }
    const answer = await exchange.offer(peer, offer, signal)
    this.#isAnswered = true
    this.clockOffset ??= answer.clockOffset
    this.#tell(answer.candidates, outlookOf(round, pairWithAnswer(sides, answer.sides)), true)
  }

  async #prepare(strategies: readonly StrategyName[], attempt: number): Promise<Round> {
    const { gatherer, runtime, terms } = this.#options
    const protocols = strategies.flatMap((name) =>
      name in PROTOCOLS ? PROTOCOLS[name as keyof typeof PROTOCOLS] : [],
    )
    const { families } = terms.paths
    const taken =
      protocols.length === 0
        ? { sides: [] }
        : await gatherer.acquire({ protocols, attempt, ...(families && { families }) })
    for (const side of taken.sides) this.#unused.add(side)
    return { strategies, token: runtime.random(TOKEN_LENGTH), attempt, ...taken }
  }

  /** When the record has come, and when own sides are ready, which may take a trip to a server. An answer is fresher. */
  #tellRecord(): void {
    const record = this.#record
    if (record === undefined || this.#isAnswered) return
    const round = this.#first
    const outlook = round && outlookOf(round, pairWithRecord(round.sides, record.sides))
    this.#tell(record.candidates, outlook, false)
  }

  #tell(candidates: readonly Candidate[], punch: PunchOutlook | undefined, answered: boolean): void {
    this.#options.tell({ candidates, interfaces: this.#interfaces, answered, punch })
  }

  get #candidates(): Candidate[] {
    const { candidates, paths } = this.#options.terms
    return choose(candidates, paths)
  }
}

function outlookOf({ strategies, token, attempt, fault }: Round, pairings: readonly Pairing[]): PunchOutlook {
  return { strategies, token, attempt, pairings, fault }
}
