import type { Clock } from './runtime.ts'
import { SignalError } from './signal-error.ts'

/** Settles as `work` does, or rejects when `ms` have passed first. */
export function withDeadline<T>(work: Promise<T>, clock: Clock, ms: number, onLate: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.at(clock.now() + ms, () => reject(onLate()))
    work.then(resolve, reject).finally(cancel)
  })
}

/** Settles as `work` does, or rejects with `SIGNAL_ABORTED` when `signal` aborts first. */
export function abortable<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const abort = () =>
      reject(new SignalError('SIGNAL_ABORTED', 'signalling aborted', { cause: signal.reason as unknown }))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
