import { type Clock, withDeadline as withNetifDeadline } from '@p2pd/netif'
import { NodeError } from '../node-error.ts'

/** How long something may take, and what else may end it. */
export interface Deadline {
  readonly clock: Clock
  readonly timeoutMs: number
  /** The noun of the error when time is up: "the dial". */
  readonly what: string
  readonly signal?: AbortSignal
}

/**
 * Runs an operation under a signal that aborts after `timeoutMs` or with the outer signal. Throws `NODE_TIMEOUT`,
 * or the reason of the outer signal.
 */
export function withDeadline<Result>(
  { clock, timeoutMs, what, signal }: Deadline,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const timedOut = () => new NodeError('NODE_TIMEOUT', `${what} took more than ${timeoutMs} ms`)
  return withNetifDeadline({ clock, timeoutMs, signal, timedOut }, run)
}
