import { portAssignmentOf, type PunchSide } from '@p2pd/punch'
import type { PreparedSide } from '../gathering/prepared-side.ts'
import { PunchAttempt } from '../punching/punch-attempt.ts'
import { pairSides, type SidePair, withoutLoopback } from '../punching/side-pair.ts'
import type { SideDescription } from '../signalling/side-description.ts'
import type { StrategyName } from '../report/report.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { PunchTerms } from '../signalling/message.ts'
import { punchDelayMs, type TwoSides } from './attempt-delay.ts'
import type { AnswerContext, CallContext } from './context.ts'
import type { PeerKnowledge, PunchOffer } from './peer-knowledge.ts'
import type { Strategy } from './strategy.ts'

/** A second attempt takes as long as the first. After this time it would not end within the call. */
const LAST_SECOND_ATTEMPT_MS = 12_000

/** The punch strategy of one protocol. `missing` names what its runtime lacks, if anything. */
export function punchStrategy(
  name: StrategyName,
  protocol: SideDescription['protocol'],
  missing: (runtime: Runtime) => string | undefined,
): Strategy {
  const unusable = (call: Omit<CallContext, 'requested'>) =>
    forbidden(call) ?? missing(call.node.runtime) ?? givenUp(name, call)
  return {
    name,
    unusable,
    call(call, peer) {
      const reason = unusable(call)
      if (reason === undefined) return new CallerPunches(name, protocol, call, peer).start()
      call.race.skip(name, reason)
      return () => {}
    },
    answer: (answer) => answerPunch(name, protocol, answer),
  }
}

const NO_SIGNALLING =
  'a punch needs signalling: this call is to the node itself, or the servers file names no MQTT broker'

function forbidden({ paths, offerer }: Omit<CallContext, 'requested'>): string | undefined {
  if (paths.reach === 'lan') return 'only paths inside this network are wanted'
  if (offerer === undefined) return NO_SIGNALLING
  return undefined
}

function givenUp(name: StrategyName, { history, peer }: Omit<CallContext, 'requested'>): string | undefined {
  const seconds = history.givenUpSeconds(peer, name)
  return seconds === undefined ? undefined : `it failed twice with this peer ${seconds} s ago`
}

/** The caller's half of a punch strategy: one attempt for each pair, and a second offer when all of them have failed. */
class CallerPunches {
  readonly #name: StrategyName
  readonly #protocol: PreparedSide['protocol']
  readonly #call: CallContext
  readonly #peer: PeerKnowledge
  readonly #attempts = new Map<PreparedSide, PunchAttempt>()
  readonly #reasons = new Set<string>()
  /** Attempts that may still open a path. */
  #running = 0
  #isSecondOffer = false

  constructor(
    name: StrategyName,
    protocol: PreparedSide['protocol'],
    call: CallContext,
    peer: PeerKnowledge,
  ) {
    this.#name = name
    this.#protocol = protocol
    this.#call = call
    this.#peer = peer
  }

  /** Begins; returns the function that ends it. */
  start(): () => void {
    return this.#peer.onChange(() => this.#update())
  }

  #update(): void {
    for (const { offer, pairs, isAnswered } of this.#peer.checklists) {
      if (!offer.strategies.includes(this.#name)) continue
      const own = pairs.filter(({ local }) => local.protocol === this.#protocol)
      const all = own.map(({ local, remote }) => [local.side, remote] as const)
      for (const pair of own) if (isAnswered || isComplete(pair.remote)) this.#punch(pair, offer, all)
      if (isAnswered && own.length === 0)
        this.#skip(offer.faults?.get(this.#protocol) ?? 'the peer has nothing to meet it with')
    }
  }

  #punch(pair: SidePair, { token, failedAttempts, strategies }: PunchOffer, all: readonly TwoSides[]): void {
    const { race, offerer } = this.#call
    const running = this.#attempts.get(pair.local)
    if (running !== undefined) return running.correct(pair.remote)
    const strategy = this.#name
    const release = offerer?.claim(pair.local) ?? (() => {})
    const attempt = new PunchAttempt(this.#call, { strategy, pair, token, failedAttempts }, release)
    this.#attempts.set(pair.local, attempt)
    const { plan, local, remote } = attempt
    if (plan.technique === 'impossible') {
      attempt.abandon()
      return this.#skip(plan.reason)
    }
    this.#running++
    const run = (signal: AbortSignal) => this.#run(attempt, signal)
    const entry = { strategy, local, remote, run, abandon: () => attempt.abandon() }
    race.add(entry, punchDelayMs(strategy, strategies, [pair.local.side, pair.remote], all))
  }

  async #run(attempt: PunchAttempt, signal: AbortSignal): ReturnType<PunchAttempt['run']> {
    try {
      return await attempt.run(signal)
    } catch (error) {
      if (!signal.aborted && --this.#running === 0) this.#allFailed()
      throw error
    }
  }

  /** After the first offer: makes a second one. After that the strategy is given up with this peer for a while. */
  #allFailed(): void {
    const { node, history, peer, startedAt, offerer, race } = this.#call
    if (this.#isSecondOffer) return history.failed(peer, this.#name)
    this.#isSecondOffer = true
    if (node.runtime.clock.now() - startedAt > LAST_SECOND_ATTEMPT_MS) return
    const release = race.hold()
    void offerer?.offerAgain(this.#name).finally(release)
  }

  /** Reports each reason once. */
  #skip(reason: string): void {
    if (this.#reasons.has(reason)) return
    this.#reasons.add(reason)
    this.#call.race.skip(this.#name, reason)
  }
}

/** Whether a record is enough to punch. The next port of a counting NAT is only in the answer. */
function isComplete({ nat, endpoints }: PunchSide): boolean {
  return endpoints.length > 0 || portAssignmentOf(nat) === 'random' || nat.type === 'blocked'
}

/** The callee's half: pairs each offered side of the protocol with a local side, and punches at once. */
async function answerPunch(
  strategy: StrategyName,
  protocol: SideDescription['protocol'],
  context: AnswerContext,
): Promise<PunchTerms['sides']> {
  const { node, offer, race } = context
  const { punch, strategies } = offer
  const offered = (punch?.sides ?? []).map((side) => (side?.protocol === protocol ? side : undefined))
  if (punch === undefined || offered.every((side) => side === undefined)) return []
  const { token, failedAttempts } = punch
  const { sides } = await context.sides(protocol)
  const chosen = pairSides(offered, sides)
  for (const side of sides) if (!chosen.includes(side)) node.punchSides.release(side, false)
  const pairs = chosen.flatMap((local, index) => {
    const remote = offered[index]?.side
    return local && remote ? [{ index, local, remote: withoutLoopback(remote, local.base) }] : []
  })
  const all = pairs.map(({ local, remote }) => [local.side, remote] as const)
  for (const pair of pairs) {
    const { local, remote } = pair
    const release = (isUsed: boolean) => node.punchSides.release(local, isUsed)
    const one = new PunchAttempt(context, { strategy, pair, token, failedAttempts }, release)
    if (one.plan.technique === 'impossible') one.abandon()
    else race.add(one, punchDelayMs(strategy, strategies, [local.side, remote], all))
  }
  return chosen
}
