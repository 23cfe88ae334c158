import { NetifError } from '../netif-error.ts'
import type { Clock } from './clock.ts'

/** How long an operation may take, what else ends it, and which errors say so. */
export interface Deadline {
  readonly clock: Clock
  /** Milliseconds from the call; `Infinity` sets no timer. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** Makes the error for an operation that takes too long. @default a `NetifError` with `NETIF_TIMEOUT` */
  readonly timedOut?: () => Error
  /** Makes the error for an operation that `signal` ends. @default the reason of `signal` */
  readonly aborted?: (reason: unknown) => Error
}

/**
 * Runs an operation under a signal that aborts after `timeoutMs` or with the signal of the caller.
 *
 * The deadline waits until the operation has ended, so that the operation can free what it holds. For the same
 * reason the operation begins even when `signal` has aborted before. A result that comes all the same is the result.
 * For any error of an aborted operation the caller gets the reason of the abort: `NETIF_TIMEOUT`, or what `timedOut`
 * or `aborted` makes. An operation that takes no signal goes through `abortable`. No timer and no listener stays.
 */
export async function withDeadline<Result>(
  { clock, timeoutMs, signal, timedOut, aborted }: Deadline,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController()
  const late = () => controller.abort(timedOut?.() ?? takenTooLong(timeoutMs))
  const abort = () => controller.abort(aborted?.(signal?.reason) ?? signal?.reason)
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort)
  const cancel = Number.isFinite(timeoutMs) ? clock.at(clock.now() + timeoutMs, late) : undefined
  try {
    return await run(controller.signal)
  } catch (error) {
    // The reason of the abort says more than the error of the operation that it has ended.
    throw controller.signal.aborted ? controller.signal.reason : error
  } finally {
    cancel?.()
    signal?.removeEventListener('abort', abort)
  }
}

function takenTooLong(timeoutMs: number): NetifError {
  return new NetifError('NETIF_TIMEOUT', `took more than ${timeoutMs} ms`)
}
