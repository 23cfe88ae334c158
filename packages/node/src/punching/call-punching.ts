import type { Clock } from '@p2pd/netif'
import type { PathChoice } from '../candidates/candidate.ts'
import type { PeerMemory } from '../strategies/strategy-history.ts'
import type { StrategyName } from '../report/report.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { PunchCalling } from '../strategies/strategy.ts'
import { headStartOf } from '../strategies/attempt-delay.ts'
import type { PreparedSide } from '../gathering/prepared-side.ts'
import type { Pairing, PunchOutlook } from './pairing.ts'
import { PunchAttempt, UDX_MISSING } from './punch-attempt.ts'
import type { Mutex } from './mutex.ts'

/** What the punches of a call work with. */
export interface CallPunchingOptions {
  readonly runtime: Runtime
  readonly memory: Pick<PeerMemory, 'failed' | 'givenUpSeconds'>
  readonly birthdays: Mutex
  readonly peer: Uint8Array
  readonly strategies: readonly StrategyName[]
  readonly reach: PathChoice['reach']
  /** Whether the peer can be told about a punch. */
  readonly hasSignalling: boolean
  /** Hands a side over to an attempt; returns what gives it back. */
  readonly handOver: (side: PreparedSide) => (isUsed: boolean) => void
  /** Makes the peer a new offer for one strategy. */
  readonly offerAgain: (name: StrategyName) => void
}

/** A second attempt needs as long as the first: later it would not end within the call. */
const LAST_SECOND_ATTEMPT_MS = 12_000

/** The caller's punches of one call: one attempt for each pairing, and a second round when the first fails. */
export class CallPunching implements PunchCalling {
  readonly #options: CallPunchingOptions
  readonly #startedAt: number
  /** Attempts under way, and rounds begun, for each strategy. */
  readonly #running = new Map<StrategyName, number>()
  readonly #rounds = new Map<StrategyName, number>()

  constructor(options: CallPunchingOptions) {
    this.#options = options
    this.#startedAt = this.#clock.now()
  }

  objection(name: StrategyName): string | undefined {
    const { hasSignalling, runtime, memory, peer, reach } = this.#options
    if (reach === 'lan') return 'only paths inside this network are wanted'
    if (!hasSignalling) return 'a punch needs signalling: name an MQTT broker in the servers file'
    if (name === 'udp-punch' && runtime.udx === undefined) return UDX_MISSING
    const seconds = memory.givenUpSeconds(peer, name)
    return seconds === undefined ? undefined : `it failed twice with this peer ${seconds} s ago`
  }

  attemptOf(strategy: StrategyName, pairing: Pairing, { token, attempt }: PunchOutlook): PunchAttempt {
    const { runtime, peer, birthdays, handOver } = this.#options
    this.#running.set(strategy, (this.#running.get(strategy) ?? 0) + 1)
    return new PunchAttempt({
      runtime,
      strategy,
      role: 'client',
      peer,
      pairing,
      token,
      attempt,
      birthdays,
      giveBack: handOver(pairing.own),
    })
  }

  headStartMs(name: StrategyName, { own, remote }: Pairing): number {
    return headStartOf(name, this.#options.strategies, own.side, remote)
  }

  again(name: StrategyName): void {
    const { memory, peer, offerAgain } = this.#options
    const running = (this.#running.get(name) ?? 0) - 1
    this.#running.set(name, running)
    if (running > 0) return
    const rounds = (this.#rounds.get(name) ?? 0) + 1
    this.#rounds.set(name, rounds)
    if (rounds > 1) return memory.failed(peer, name)
    if (this.#clock.now() - this.#startedAt <= LAST_SECOND_ATTEMPT_MS) offerAgain(name)
  }

  get #clock(): Clock {
    return this.#options.runtime.clock
  }
}
