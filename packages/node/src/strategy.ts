import type { Interface, TcpConnection } from '@p2pd/netif'
import type { Candidate, PathChoice } from './candidate.ts'
import type { Path } from './path.ts'
import type { Race } from './race.ts'
import type { StrategyName } from './report.ts'
import type { Runtime } from './runtime.ts'

/** What the peer is known to offer, and what this host has to reach it with. */
export interface Known {
  readonly candidates: readonly Candidate[]
  readonly interfaces: readonly Interface[]
  /** Whether the peer itself said so, in its answer to this call: then it is working on its half, too. */
  readonly answered: boolean
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
  /** Calls back with what is known of the peer, at once and whenever there is more. */
  onKnown(listener: (known: Known) => void): void
  /** Takes the connections by which the peer dials back for this call; returns what stops it. */
  onDialledBack(listener: (connection: TcpConnection) => void): () => void
}

/** A way to reach a peer, on the caller's side. */
export interface Strategy {
  readonly name: StrategyName
  /** Begins; adds attempts to the race as they become possible. Returns what ends it. */
  start(call: Calling): () => void
}
