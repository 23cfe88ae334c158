import type { TransportAddress } from '@p2pd/netif'
import type { PathLossReason } from '@p2pd/session'
import type { StrategyName } from '../report/report.ts'

/** A change of the path under a pipe. */
export type PathEvent =
  /** The pipe uses another path from now on. */
  | {
      readonly type: 'path'
      readonly strategy: StrategyName
      readonly local: TransportAddress
      readonly remote: TransportAddress
      readonly reason: string
    }
  /** The pipe has no path for now; the node looks for one. */
  | { readonly type: 'suspended'; readonly reason: string }
  /** The pipe has a path again; the event `path` follows. */
  | { readonly type: 'resumed'; readonly strategy: StrategyName; readonly afterMs: number }

/** The reason of a path that was chosen while the one before it was alive. */
export const BETTER_PATH = 'a better path was found'

/** Texts for the reasons of the session. */
export const LOSS_REASONS: Readonly<Record<PathLossReason, string>> = {
  silent: 'the path before fell silent',
  protocol: 'the path before carried bytes against the protocol',
  superseded: 'newer paths took the place of the path before',
  detached: 'the path before was closed',
}
