import type { Clock } from '@p2pd/netif'
import { NodeError } from './node-error.ts'

/** How long something may take, and what else may end it. */
export interface Deadline {
  readonly clock: Clock
  readonly timeoutMs: number
  /** What is said when time is up: "the dial". */
  readonly what: string
  readonly signal?: AbortSignal
}

/** Runs something under a signal that aborts when `timeoutMs` have passed or the outer signal aborts. */
export async function withDeadline<Result>(
  { clock, timeoutMs, what, signal }: Deadline,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController()
  const follow = () => controller.abort(signal?.reason)
  if (signal?.aborted) follow()
  signal?.addEventListener('abort', follow)
  const cancel = clock.at(clock.now() + timeoutMs, () =>
    controller.abort(new NodeError('NODE_TIMEOUT', `${what} took more than ${timeoutMs} ms`)),
  )
  try {
    return await run(controller.signal)
  } catch (error) {
    // The reason of the abort says more than what the aborted operation makes of it.
    throw controller.signal.aborted ? controller.signal.reason : error
  } finally {
    cancel()
    signal?.removeEventListener('abort', follow)
  }
}
