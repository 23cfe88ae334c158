import type { Interface, TcpConnection } from '@p2pd/netif'
import type { Candidate, PathChoice, UnrankedCandidate } from '../candidates/candidate.ts'
import type { MappingCount } from '../gathering/mapping-count.ts'
import type { PreparedSide } from '../gathering/prepared-side.ts'
import type { RelayOpener } from '../relays/relay-pool.ts'
import type { AcquiredSides } from '../gathering/acquired-sides.ts'
import type { InterfaceNat, ReflexiveGatherer } from '../gathering/reflexive-gatherer.ts'
import type { Path } from '../pipes/path.ts'
import type { Mutex } from '../punching/mutex.ts'
import type { StrategyRace } from '../race/strategy-race.ts'
import type { RelayPolicy } from '../relays/relay-policy.ts'
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
  /** The newest reports of the own NATs. */
  readonly natReports: () => readonly InterfaceNat[]
  /** Opens relays at TURN servers; undefined in a node that relays nothing. */
  readonly relays?: RelayOpener | undefined
  /** Of calls that name none, and of all answers. */
  readonly relay: RelayPolicy
}

/** One connection in the making, on either side. Nothing in it changes. */
interface ConnectionContext {
  readonly node: NodeContext
  /** The public key the peer must prove. */
  readonly peer: Uint8Array
  readonly connectionId: Uint8Array
  /** Strategies of the call, in their order. */
  readonly strategies: readonly StrategyName[]
  readonly race: Pick<StrategyRace<Path>, 'add' | 'skip' | 'hold'>
}

/** The call of a caller. */
export interface CallContext extends ConnectionContext {
  readonly role: 'controlling'
  /** When `connect` was called, on the node's clock. */
  readonly startedAt: number
  /** The paths that the call may take. */
  readonly paths: PathChoice
  /** When the call may go through a relay. */
  readonly relay: RelayPolicy
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
  /** The local sides for all punches of the offer in one protocol. */
  readonly sides: (protocol: PreparedSide['protocol']) => Promise<AcquiredSides>
  /** Puts a candidate for this peer alone into the answer, which waits for every strategy. */
  readonly announce: (candidate: UnrankedCandidate) => void
}

/** The terms that a strategy adds to an offer. */
export interface FurtherTerms {
  /** Candidates for this peer alone. */
  readonly further?: readonly UnrankedCandidate[]
  /** The token of its paths. @default a fresh one */
  readonly token?: Uint8Array
}

/** The offerer of a call, as strategies see it. RFC 3264 §2. */
export interface Offerer {
  /**
   * Makes a second offer for one strategy with fresh local sides. Ends when the answer is known, or cannot come any more.
   */
  offerAgain(name: StrategyName, terms?: FurtherTerms): Promise<void>
  /** Takes a local side of an offer for one attempt; returns the function that gives it back. */
  claim(side: PreparedSide): (isUsed: boolean) => void
}
