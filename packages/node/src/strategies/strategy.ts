import type { Interface, TcpConnection } from '@p2pd/netif'
import type { Candidate, PathChoice } from '../candidates/candidate.ts'
import type { Path } from '../pipes/path.ts'
import type { PunchAttempt } from '../punching/punch-attempt.ts'
import type { Pairing, PunchOutlook } from '../punching/pairing.ts'
import type { Race } from '../race/race.ts'
import type { StrategyName } from '../report/report.ts'
import type { Runtime } from '../runtime/runtime.ts'

/** What the peer is known to offer, and what this host has to reach it with. */
export interface Known {
  readonly candidates: readonly Candidate[]
  readonly interfaces: readonly Interface[]
  /** Whether the peer itself said so, in its answer to this call: then it is working on its half, too. */
  readonly answered: boolean
  readonly punch?: PunchOutlook | undefined
}

/** A call in progress, as a strategy sees it. */
export interface Calling {
  readonly runtime: Runtime
  /** The public key the peer must prove. */
  readonly peer: Uint8Array
  readonly connectionId: Uint8Array
  /** Which paths it may take. */
  readonly paths: PathChoice
  readonly race: Pick<Race<Path>, 'add' | 'skip' | 'hold'>
  /** How long a strategy that needs no punch leaves those alone that the user put before it. */
  othersFirstMs(name: StrategyName): number
  readonly punching: PunchCalling
  /** Calls back with what is known of the peer, at once and whenever there is more. */
  onKnown(listener: (known: Known) => void): void
  /** Takes the connections by which the peer dials back for this call; returns what stops it. */
  onDialledBack(listener: (connection: TcpConnection) => void): () => void
}

/** What a call lends to the strategies that punch. */
export interface PunchCalling {
  /** Why punching with this peer is not tried for now, if it is not. */
  objection(name: StrategyName): string | undefined
  attemptOf(name: StrategyName, pairing: Pairing, outlook: PunchOutlook): PunchAttempt
  /** How long the other strategies are left alone first. */
  headStartMs(name: StrategyName, pairing: Pairing): number
  /** Punches once more with fresh sides; the pair is given up for a while when it has failed twice. */
  again(name: StrategyName): void
}

/** A way to reach a peer, on the caller's side. */
export interface Strategy {
  readonly name: StrategyName
  /** Begins; adds attempts to the race as they become possible. Returns what ends it. */
  start(call: Calling): () => void
}
