/**
 * Settles as `work` does, or rejects with the reason of `signal` as soon as it aborts.
 *
 * For work that takes no signal: it goes on, and its result is dropped. Within `withDeadline` such work is bounded
 * in time. No listener stays.
 */
export function abortable<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (signal === undefined) return work
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      signal.removeEventListener('abort', abort)
      settle()
    }
    const abort = () => end(() => reject(signal.reason as Error))
    work.then(
      (result) => end(() => resolve(result)),
      (error: Error) => end(() => reject(error)),
    )
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort)
  })
}
