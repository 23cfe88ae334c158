import { abortable, type Clock } from '@p2pd/netif'
import { systemClock } from '@p2pd/netif/node'

/** Pipes, gateways and relays have 1 s each for their end, brokers 0.5 s, streams over UDP 3 s. */
const CLOSE_TIMEOUT_MS = 5000

/** The wait of an interrupted command for one pipe: some round trips. Its node then waits a second for all of them. */
const INTERRUPTED_TIMEOUT_MS = 300

/**
 * Closes a pipe or a node. A close that hangs must not hold the command: the end of the process closes everything. An
 * interrupted command waits less.
 */
export async function closeInTime(
  open: { close(): Promise<void> },
  interrupted?: AbortSignal,
  clock: Clock = systemClock,
): Promise<void> {
  let cancel = () => {}
  let shorten = () => {}
  const late = new Promise<void>((resolve) => {
    cancel = clock.at(clock.now() + CLOSE_TIMEOUT_MS, resolve)
    shorten = () => {
      cancel()
      cancel = clock.at(clock.now() + INTERRUPTED_TIMEOUT_MS, resolve)
    }
  })
  interrupted?.addEventListener('abort', shorten, { once: true })
  if (interrupted?.aborted) shorten()
  try {
    await Promise.race([open.close(), late])
  } finally {
    interrupted?.removeEventListener('abort', shorten)
    cancel()
  }
}

/**
 * Closes a pipe when the peer has acknowledged everything, however slow the line is; a peer that has gone is an error of the
 * pipe. An interrupted command waits as it does for every pipe.
 */
export async function closeWhenSent(
  pipe: { close(): Promise<void> },
  interrupted: AbortSignal,
): Promise<void> {
  try {
    await abortable(pipe.close(), interrupted)
  } catch (error) {
    if (!interrupted.aborted) throw error
    await closeInTime(pipe, interrupted)
  }
}
