import type { ByteStream } from '@p2pd/netif'
import { type UnrankedCandidate, withFurther } from '../candidates/candidate.ts'
import { allowedBy, announcedServers } from '../relays/relay-policy.ts'
import { acceptNomination, type RefusalCode, refuseNomination, ReplyCode } from '../handshake/nomination.ts'
import { formatNodeId } from '../identity/node-id.ts'
import { NodeError } from '../node-error.ts'
import type { NominatedPath, Path } from '../pipes/path.ts'
import { StrategyRace } from '../race/strategy-race.ts'
import type { AnswerTerms } from '../signalling/exchange.ts'
import type { Message, PunchTerms } from '../signalling/message.ts'
import type { SidesByProtocol } from '../gathering/acquired-sides.ts'
import type { SideDescription } from '../signalling/side-description.ts'
import type { AnswerContext, NodeContext } from '../strategies/context.ts'
import { strategyNamed } from '../strategies/table.ts'
import type { Applicant } from './admission.ts'
import type { OutgoingCalls } from './outgoing-calls.ts'
import { callKey, SeenCalls } from './seen-calls.ts'

/** The parts an answerer works with. */
export interface AnswererOptions {
  readonly node: NodeContext
  /** Calls of this node: glare decides between them and an offer. */
  readonly calls: Pick<OutgoingCalls, 'yieldTo' | 'adopt'>
  /** Called for each offer that is answered. */
  readonly onOffer: (offer: Message) => void
  /** Asked before a session begins; the nomination is refused otherwise. */
  readonly admit: (applicant: Applicant, stream: ByteStream) => boolean | Promise<boolean>
  /** Has a path join its session, and replies; false when there is none. */
  readonly join: (path: NominatedPath) => boolean
  /** Takes the one path of each call, on which a session begins. The caller is authenticated, and has the reply. */
  readonly accept: (path: NominatedPath, offer: Message | undefined) => void
}

/** This side's half of one offer, under way. */
interface AnsweredOffer {
  readonly call: string
  readonly offer: Message
  readonly race: StrategyRace<Path>
  readonly answer: Promise<AnswerTerms>
}

/** Offers under way at once: each costs a few sockets for some seconds. */
const MAX_OFFERS = 64

/**
 * The callee: answers each offer once, runs its half of the strategies, and accepts one nominated path for each call.
 * RFC 3264 §2.
 */
export class Answerer {
  readonly #options: AnswererOptions
  readonly #offers = new Map<string, AnsweredOffer>()
  readonly #seenOffers = new SeenCalls()
  readonly #acceptedCalls = new SeenCalls()
  #closed = false

  constructor(options: AnswererOptions) {
    this.#options = options
  }

  /**
   * Answers an offer of a peer; undefined leaves it unanswered, which glare demands of one side. A repeated offer gets the
   * answer of the first. Fails with `NODE_BUSY` while 64 offers are under way.
   */
  answer(from: Uint8Array, offer: Message): Promise<AnswerTerms> | undefined {
    const { calls, onOffer } = this.#options
    if (!calls.yieldTo(from, offer)) return undefined
    onOffer(offer)
    return this.#answerOnce(from, offer)
  }

  /** Takes a path whose caller has nominated it. Further paths of the same call are closed. */
  accept(path: NominatedPath, own?: Message): void {
    const key = callKey(path.peer, path.nomination.connectionId)
    const answered = [...this.#offers.values()].filter(({ call }) => call === key)
    for (const { race } of answered) race.stop('the caller chose another path')
    const [offer = own] = answered.map((one) => one.offer)
    if (this.#closed || !this.#acceptedCalls.add(key)) path.stream.destroy()
    else void this.#reply(path, offer)
  }

  close(): void {
    this.#closed = true
    for (const { race } of this.#offers.values()) race.stop('the node was closed')
  }

  /** Replies to the nomination of a path: it joins a session, or begins one where that is admitted. */
  async #reply(path: NominatedPath, offer: Message | undefined): Promise<void> {
    const { calls, node, admit, join, accept } = this.#options
    const { peer, stream, nomination } = path
    const { sessionId, proof, service = '' } = nomination
    const refuse = (code?: RefusalCode) => refuseNomination(stream, node.runtime.clock, code)
    if (sessionId === undefined) return refuse()
    if (proof !== undefined) return join(path) ? undefined : refuse(ReplyCode.UnknownSession)
    const isAdopted = service === '' && calls.adopt(path)
    if (!isAdopted && !(await admit({ peer: formatNodeId(peer), service }, stream))) return refuse()
    if (this.#closed || stream.destroyed) return void stream.destroy()
    acceptNomination(stream, { sessionId })
    if (!isAdopted) accept(path, offer)
  }

  #answerOnce(from: Uint8Array, offer: Message): Promise<AnswerTerms> {
    const call = callKey(from, offer.connectionId)
    const key = `${call} ${offer.punch?.token.join() ?? ''}`
    const underWay = this.#offers.get(key)
    if (underWay !== undefined) return underWay.answer
    if (this.#closed || this.#seenOffers.has(key)) {
      return Promise.resolve({ candidates: this.#options.node.candidates(), sides: [] })
    }
    if (this.#offers.size >= MAX_OFFERS) {
      return Promise.reject(new NodeError('NODE_BUSY', `${MAX_OFFERS} calls are under way`))
    }
    this.#seenOffers.add(key)
    return this.#begin(key, call, from, offer)
  }

  #begin(key: string, call: string, peer: Uint8Array, offer: Message): Promise<AnswerTerms> {
    const { node } = this.#options
    const { clock } = node.runtime
    const { connectionId } = offer
    const strategies = allowedBy(node.relay, offer.strategies)
    const race = new StrategyRace<Path>({
      clock,
      startedAt: clock.now(),
      discard: (path) => path.stream.destroy(),
    })
    const release = race.hold()
    const sidesOnce = acquireOnce(node, offer, strategies)
    const further: UnrankedCandidate[] = []
    const announce = (candidate: UnrankedCandidate) => void further.push(candidate)
    const terms = { node, peer, connectionId, strategies, offer, race, sides: sidesOnce } as const
    const context = { ...terms, announce, role: 'controlled' } as const
    const halves = strategies.flatMap((name) => strategyNamed(name)?.answer(context) ?? [])
    const answer = Promise.all(halves).then((lists) => ({
      candidates: withFurther(node.candidates(), further),
      sides: mergeSides(lists),
      turnServers: announcedServers(node.relay, node.relays),
    }))
    this.#offers.set(key, { call, offer, race, answer })
    void answer.then(release, release)
    void race.finished.then((path) => {
      this.#offers.delete(key)
      // The callee's half of a strategy ends with the nomination of its path.
      if (path?.nomination !== undefined) this.accept({ ...path, nomination: path.nomination }, offer)
    })
    return answer
  }
}

/** Acquires local sides of all protocols and families of an offer, when the first of them is asked for. */
function acquireOnce(
  { punchSides }: NodeContext,
  { punch }: Message,
  strategies: AnswerContext['strategies'],
): AnswerContext['sides'] {
  let acquired: SidesByProtocol | undefined
  const offered = (punch?.sides ?? []).flatMap((side) => side ?? [])
  const isWanted = (protocol: SideDescription['protocol']) => strategies.includes(`${protocol}-punch`)
  const protocols = [...new Set(offered.map(({ protocol }) => protocol))].filter(isWanted)
  const families = [...new Set(offered.map(({ family }) => family))]
  const wanted = { protocols, families, failedAttempts: punch?.failedAttempts ?? 0 }
  return async (protocol) => {
    acquired ??= punchSides.acquire(wanted)
    return (await acquired.get(protocol)) ?? { sides: [] }
  }
}

/** One list of the lists of several strategies: each offered side is answered by one of them at most. */
function mergeSides(lists: readonly PunchTerms['sides'][]): PunchTerms['sides'] {
  const length = Math.max(0, ...lists.map((list) => list.length))
  return Array.from({ length }, (_, index) =>
    lists.map((list) => list[index]).find((side) => side !== undefined),
  )
}
