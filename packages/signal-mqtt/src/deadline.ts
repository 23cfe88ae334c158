import { abortable, type Clock, withDeadline } from '@p2pd/netif'
import { SignalError } from './signal-error.ts'

/** How long work may take, and what else ends it. */
export interface Bounds {
  readonly clock: Clock
  readonly timeoutMs: number
  /** Makes the error for work that takes too long. */
  readonly timedOut: () => Error
  readonly signal?: AbortSignal | undefined
}

/** Settles as `work` does, or rejects after `timeoutMs`, or with `SIGNAL_ABORTED` when `signal` aborts. */
export function inTime<Result>(work: Promise<Result>, bounds: Bounds): Promise<Result> {
  return withDeadline({ ...bounds, aborted }, (ending) => abortable(work, ending))
}

/** Settles as `work` does, or rejects with `SIGNAL_ABORTED` when `signal` aborts first. */
export async function unlessAborted<Result>(work: Promise<Result>, signal?: AbortSignal): Promise<Result> {
  try {
    return await abortable(work, signal)
  } catch (error) {
    throw signal?.aborted && error === signal.reason ? aborted(signal.reason) : error
  }
}

function aborted(cause: unknown): SignalError {
  return new SignalError('SIGNAL_ABORTED', 'signalling aborted', { cause })
}
