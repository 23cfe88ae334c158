import type { Clock } from '@p2pd/netif'
import { type PipeError, toPipeError } from './pipe-error.ts'
import { aborted, type Bounds, checkBounds, timedOut } from './messages/waiters.ts'

/**
 * Runs work that takes a signal, and aborts it at the time-out or with the caller's signal; then the
 * error says which, whatever the work itself throws.
 */
export async function withDeadline<T>(
  clock: Clock,
  bounds: Bounds & { readonly timeoutMs: number },
  doing: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  checkBounds(bounds, doing)
  const { timeoutMs, signal } = bounds
  const controller = new AbortController()
  const giveUp = (error: PipeError) => controller.abort(error)
  const cancelTimer = clock.at(clock.now() + timeoutMs, () => giveUp(timedOut(doing, timeoutMs)))
  const abort = () => giveUp(aborted(doing, signal))
  signal?.addEventListener('abort', abort)
  try {
    return await work(controller.signal)
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : toPipeError(error, doing)
  } finally {
    cancelTimer()
    signal?.removeEventListener('abort', abort)
  }
}
