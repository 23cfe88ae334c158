import { abortable } from './abortable.ts'
import type { Clock } from './clock.ts'

/**
 * Settles as `work` does, or resolves with undefined after `timeoutMs`; rejects with the reason of `signal` as soon as it aborts.
 *
 * For work whose absence is an answer, too. Where it is an error `withDeadline` says so. The work goes on in either case, and its
 * result is dropped. No timer and no listener stays.
 */
export async function within<Result>(
  clock: Clock,
  work: Promise<Result>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Result | undefined> {
  let cancel = () => {}
  const late = new Promise<undefined>((resolve) => {
    cancel = clock.at(clock.now() + timeoutMs, () => resolve(undefined))
  })
  try {
    return await abortable(Promise.race([work, late]), signal)
  } finally {
    cancel()
  }
}
