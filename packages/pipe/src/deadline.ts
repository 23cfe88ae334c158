import { type Clock, withDeadline as withNetifDeadline } from '@p2pd/netif'
import { aborted, type Bounds, checkBounds, timedOut } from './messages/waiters.ts'
import { toPipeError } from './pipe-error.ts'

/**
 * Runs an operation under a signal that aborts after `timeoutMs` or with the signal of the caller. Throws
 * `PIPE_TIMEOUT` and `PIPE_ABORTED` then, and whatever the operation throws as a `PipeError`; `doing` names it.
 */
export async function withDeadline<Result>(
  clock: Clock,
  bounds: Bounds & { readonly timeoutMs: number },
  doing: string,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  checkBounds(bounds, doing)
  const { timeoutMs, signal } = bounds
  const deadline = {
    clock,
    timeoutMs,
    signal,
    timedOut: () => timedOut(doing, timeoutMs),
    aborted: () => aborted(doing, signal),
  }
  try {
    return await withNetifDeadline(deadline, run)
  } catch (error) {
    throw toPipeError(error, doing)
  }
}
