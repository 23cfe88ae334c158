import type { Clock } from '@p2pd/netif'
import { systemClock } from '@p2pd/netif/node'
import type { Output } from '../output.ts'

/** Shorter work shows nothing. */
const QUIET_MS = 1000
/** The time between two lines. */
const LINE_MS = 10_000

/** Shows what a command waits for: a line after a second, and every 10 s another one with the time so far. */
export async function showProgress<Result>(
  { info }: Pick<Output, 'info'>,
  what: string,
  work: Promise<Result>,
  clock: Clock = systemClock,
): Promise<Result> {
  const startedAt = clock.now()
  const show = () => {
    const seconds = Math.round((clock.now() - startedAt) / 1000)
    info(seconds * 1000 < LINE_MS ? `${what} ...` : `${what} ... ${seconds} s`)
    const lines = Math.floor((clock.now() - startedAt) / LINE_MS) + 1
    cancel = clock.at(startedAt + lines * LINE_MS, show)
  }
  let cancel = clock.at(startedAt + QUIET_MS, show)
  try {
    return await work
  } finally {
    cancel()
  }
}
