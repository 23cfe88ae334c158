import type { Clock, TransportAddress } from '@p2pd/netif'
import { type Candidate, prioritized } from '../candidates/candidate.ts'
import type { StrategyName } from '../report/report.ts'

/** How a peer was reached. */
interface Reached {
  readonly strategy: StrategyName
  readonly remote: TransportAddress
}

/** Peers remembered: more than one talks to in an hour. */
const MAX_PEERS = 1024
/** How long a pair that could not be punched twice is left in peace: NATs seldom change. */
const GIVEN_UP_MS = 300_000

/** What calls have found out about peers: what worked is tried first, what failed twice not again for a while. */
export class PeerMemory {
  readonly #clock: Clock
  readonly #reached = new Map<string, Reached>()
  readonly #givenUp = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Takes note of how a call succeeded. */
  worked(peer: Uint8Array, reached: Reached): void {
    keep(this.#reached, peer.join(), reached)
  }

  /** Takes note of a punch that failed as often as is tried. */
  failed(peer: Uint8Array, strategy: StrategyName): void {
    keep(this.#givenUp, `${peer.join()} ${strategy}`, this.#clock.now())
  }

  /** The strategies with the one that worked last time in front. */
  order(peer: Uint8Array, strategies: readonly StrategyName[]): StrategyName[] {
    const last = this.#reached.get(peer.join())?.strategy
    return [...strategies].sort((a, b) => Number(b === last) - Number(a === last))
  }

  /** Where the peer was dialled last time. */
  candidates(peer: Uint8Array): Candidate[] {
    const reached = this.#reached.get(peer.join())
    return reached?.strategy === 'direct' ? prioritized([{ kind: 'host', ...reached.remote }]) : []
  }

  /** Seconds since the strategy was given up with this peer; undefined when it may be tried. */
  givenUpSeconds(peer: Uint8Array, strategy: StrategyName): number | undefined {
    const at = this.#givenUp.get(`${peer.join()} ${strategy}`)
    if (at === undefined || this.#clock.now() - at > GIVEN_UP_MS) return undefined
    return Math.round((this.#clock.now() - at) / 1000)
  }

  /** Forgets everything: on another network other paths work. */
  clear(): void {
    this.#reached.clear()
    this.#givenUp.clear()
  }
}

/** Bounded: who was not heard of for longest is forgotten first. */
function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > MAX_PEERS && oldest !== undefined) map.delete(oldest)
}
