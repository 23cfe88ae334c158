import type { Clock, TransportAddress } from '@p2pd/netif'
import { type Candidate, prioritized } from '../candidates/candidate.ts'
import type { StrategyName } from '../report/report.ts'

/** How a peer was reached. */
interface Success {
  readonly strategy: StrategyName
  readonly remote: TransportAddress
}

/** Peers kept: more than a node calls in an hour. */
const MAX_PEERS = 1024
/** How long a punch is not tried again after two failures: NATs seldom change. */
const GIVEN_UP_MS = 300_000

/** Remembers strategies by peer: the last success is tried first, a punch that failed twice not for a while. */
export class StrategyHistory {
  readonly #clock: Clock
  readonly #reached = new Map<string, Success>()
  readonly #givenUp = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Takes note of a call that succeeded. Of a path only this stays: its stream holds all that the call was made of. */
  succeeded(peer: Uint8Array, { strategy, remote: { ip, port } }: Success): void {
    keep(this.#reached, peer.join(), { strategy, remote: { ip, port } })
  }

  /** Takes note of a punch that failed at both attempts. */
  failed(peer: Uint8Array, strategy: StrategyName): void {
    keep(this.#givenUp, `${peer.join()} ${strategy}`, this.#clock.now())
  }

  /** The strategies, the one of the last success first. */
  order(peer: Uint8Array, strategies: readonly StrategyName[]): StrategyName[] {
    const last = this.#reached.get(peer.join())?.strategy
    return [...strategies].sort((a, b) => Number(b === last) - Number(a === last))
  }

  /** Where the peer was dialled at the last success, if it was. */
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

  /** Forgets everything: on another network other strategies work. */
  clear(): void {
    this.#reached.clear()
    this.#givenUp.clear()
  }
}

/** Adds an entry; the oldest is dropped first. */
function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > MAX_PEERS && oldest !== undefined) map.delete(oldest)
}
