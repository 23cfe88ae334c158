import type { Clock } from '@p2pd/netif'
import { PortmapError } from '../portmap-error.ts'

/** Runs work that must end within `limitMs`; its signal aborts then, or when `outer` does. */
export async function withTimeLimit<Result>(
  clock: Clock,
  limitMs: number,
  work: (signal: AbortSignal) => Promise<Result>,
  outer?: AbortSignal,
): Promise<Result> {
  const controller = new AbortController()
  const giveUp = () => controller.abort(new PortmapError('PORTMAP_TIMEOUT', `no end within ${limitMs} ms`))
  const cancel = clock.at(clock.now() + limitMs, giveUp)
  const follow = () => controller.abort(outer?.reason)
  if (outer?.aborted) follow()
  outer?.addEventListener('abort', follow)
  try {
    return await abortable(work(controller.signal), controller.signal)
  } finally {
    cancel()
    outer?.removeEventListener('abort', follow)
  }
}

/** The promise's result, or the signal's reason as soon as it aborts. */
export function abortable<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/** Resolves after a time by the clock; the returned `cancel` lets it resolve at once. */
export function pause(clock: Clock, milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.at(clock.now() + milliseconds, done)
    if (signal?.aborted) return done()
    signal?.addEventListener('abort', done)
  })
}
