import type { Clock } from '@p2pd/netif'

/**
 * Resolves when all are over. After the first success the others get as much time again: a network that drops all UDP is only
 * known by its silence.
 */
export function allOrAsLongAgain(clock: Clock, successes: readonly Promise<boolean>[]): Promise<void> {
  const startedAt = clock.now()
  let left = successes.length
  let cancel: (() => void) | undefined
  return new Promise((resolve) => {
    const settle = (isSuccess: boolean) => {
      left--
      if (left === 0) {
        cancel?.()
        resolve()
      } else if (isSuccess) cancel ??= clock.at(2 * clock.now() - startedAt, resolve)
    }
    if (left === 0) resolve()
    for (const success of successes) void success.then(settle)
  })
}
