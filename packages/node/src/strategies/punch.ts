import { predictabilityOf, type PunchSide } from '@p2pd/punch'
import type { PreparedSide } from '../gathering/prepared-side.ts'
import type { Pairing, PunchOutlook } from '../punching/pairing.ts'
import type { PunchAttempt } from '../punching/punch-attempt.ts'
import type { StrategyName } from '../report/report.ts'
import type { Calling, Known, Strategy } from './strategy.ts'

/** Strategy `tcp-punch`: both sides dial through their NATs at once. */
export const tcpPunch = punchStrategy('tcp-punch', 'tcp')

/** Strategy `udp-punch`: both sides send through their NATs, and a stream runs on the path that opens. */
export const udpPunch = punchStrategy('udp-punch', 'udp')

function punchStrategy(name: StrategyName, protocol: PreparedSide['protocol']): Strategy {
  return {
    name,
    start(call) {
      const objection = call.punching.objection(name)
      if (objection === undefined) new Punching(name, protocol, call)
      else call.race.skip(name, objection)
      return () => {}
    },
  }
}

/** One protocol's punches of one call, on the caller's side. */
class Punching {
  readonly #name: StrategyName
  readonly #protocol: PreparedSide['protocol']
  readonly #call: Calling
  readonly #attempts = new Map<PreparedSide, PunchAttempt>()
  readonly #reasons = new Set<string>()

  constructor(name: StrategyName, protocol: PreparedSide['protocol'], call: Calling) {
    this.#name = name
    this.#protocol = protocol
    this.#call = call
    call.onKnown((known) => this.#learn(known))
  }

  #learn({ punch, answered }: Known): void {
    if (punch === undefined || !punch.strategies.includes(this.#name)) return
    const pairings = punch.pairings.filter(({ own }) => own.protocol === this.#protocol)
    for (const pairing of pairings) {
      if (answered || isComplete(pairing.remote)) this.#punch(pairing, punch)
    }
    if (answered && pairings.length === 0) this.#skip(punch.fault ?? 'the peer has nothing to meet it with')
  }

  #punch(pairing: Pairing, outlook: PunchOutlook): void {
    const { race, punching } = this.#call
    const running = this.#attempts.get(pairing.own)
    if (running !== undefined) return running.correct(pairing.remote)
    const attempt = punching.attemptOf(this.#name, pairing, outlook)
    this.#attempts.set(pairing.own, attempt)
    const { plan } = attempt
    if (plan.technique === 'impossible') {
      attempt.abandon()
      return this.#skip(plan.reason)
    }
    const run = async (signal: AbortSignal) => {
      try {
        return await attempt.run(signal)
      } catch (error) {
        if (!signal.aborted) punching.again(this.#name)
        throw error
      }
    }
    const { strategy, local, remote } = attempt
    const entry = { strategy, local, remote, run, abandon: () => attempt.abandon() }
    race.add(entry, punching.headStartMs(this.#name, pairing))
  }

  /** Once for each reason. */
  #skip(reason: string): void {
    if (this.#reasons.has(reason)) return
    this.#reasons.add(reason)
    this.#call.race.skip(this.#name, reason)
  }
}

/** Whether a record says enough: what a counter gives out next is only in the answer. */
function isComplete({ nat, endpoints }: PunchSide): boolean {
  return endpoints.length > 0 || portAssignmentOf(nat) === 'random' || nat.type === 'blocked'
}
