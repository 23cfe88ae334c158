import type { Interface, TcpConnection } from '@p2pd/netif'
import type { Candidate, PathChoice, UnrankedCandidate } from '../candidates/candidate.ts'
import type { MappingCount } from '../gathering/mapping-count.ts'
import type { PreparedSide } from '../gathering/prepared-side.ts'
import type { Relays } from '../gathering/relay-pool.ts'
import type { AcquiredSides, ReflexiveGatherer } from '../gathering/reflexive-gatherer.ts'
import type { Path } from '../pipes/path.ts'
import type { Mutex } from '../punching/mutex.ts'
import type { Race } from '../race/race.ts'
import type { StrategyName } from '../report/report.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Message } from '../signalling/message.ts'
import type { StrategyHistory } from './strategy-history.ts'

/** The node itself, as its calls and answers see it: the same for the whole life of the node. */
export interface NodeContext {
  readonly runtime: Runtime
  /** The NICs of this host at this moment. */
  readonly interfaces: () => readonly Interface[]
  /** Where this node can be reached at this moment. Some of these are for the peer alone. */
  readonly candidates: () => readonly Candidate[]
  /** Prepares the local sides of punches. */
  readonly punchSides: Pick<ReflexiveGatherer, 'acquire' | 'release'>
  /** The mappings that this node makes at its NATs. */
  readonly count: MappingCount
  /** Held by the one search for a random port that a node runs at a time. */
  readonly birthdays: Mutex
  /** Opens relays at TURN servers; undefined without such a server. */
  readonly relays?: Relays | undefined
}

/** One connection in the making, on either side. Nothing in it changes. */
interface ConnectionContext {
  readonly node: NodeContext
  /** The public key the peer must prove. */
  readonly peer: Uint8Array
  readonly connectionId: Uint8Array
  /** Strategies of the call, in their order. */
  readonly strategies: readonly StrategyName[]
  readonly race: Pick<Race<Path>, 'add' | 'skip' | 'hold'>
}

/** The call of a caller. */
export interface CallContext extends ConnectionContext {
  readonly role: 'controlling'
  /** When `connect` was called, on the node's clock. */
  readonly startedAt: number
  /** The paths that the call may take. */
  readonly paths: PathChoice
  /** The usable ones of the strategies that the user named, in the user's order; empty when the node chose them. */
  readonly requested: readonly StrategyName[]
  readonly history: StrategyHistory
  /** Takes the connections with which the peer dials back for this call; returns the function that stops it. */
  readonly onDialledBack: (listener: (connection: TcpConnection) => void) => () => void
  /** Makes offers to the peer; undefined where a call has no signalling, or no need of it. */
  readonly offerer: Offerer | undefined
}

/** The callee's half of one call. */
export interface AnswerContext extends ConnectionContext {
  readonly role: 'controlled'
  readonly offer: Message
  /** The local sides for all punches of the offer: taken once, since one counter may serve both protocols. */
  readonly sides: () => Promise<AcquiredSides>
}

/** The offerer of a call, as strategies see it. RFC 3264 §2. */
export interface Offerer {
  /**
   * Makes a second offer for one strategy with fresh local sides, and with further candidates for this peer alone. Ends when
   * the answer is known, or cannot come any more.
   */
  offerAgain(name: StrategyName, further?: readonly UnrankedCandidate[]): Promise<void>
  /** Takes a local side of an offer for one attempt; returns the function that gives it back. */
  claim(side: PreparedSide): (isUsed: boolean) => void
}
