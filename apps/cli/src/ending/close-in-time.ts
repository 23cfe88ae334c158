import { within } from '@p2pd/netif'
import { systemClock } from '@p2pd/netif/node'

/** Pipes and gateways have 1 s each for their end, brokers 0.5 s, streams over UDP 3 s. */
const CLOSE_TIMEOUT_MS = 5000

/** Closes a pipe or a node. A close that hangs must not hold the command: the end of the process closes everything. */
export async function closeInTime(open: { close(): Promise<void> }): Promise<void> {
  await within(systemClock, open.close(), CLOSE_TIMEOUT_MS)
}

/**
 * Closes a pipe when the peer has acknowledged everything, however slow the line is; a peer that has gone is an error of the
 * pipe. An interrupted command waits for the usual time.
 */
export async function closeWhenSent(
  pipe: { close(): Promise<void> },
  interrupted: AbortSignal,
): Promise<void> {
  const closing = pipe.close()
  closing.catch(() => {}) // An interrupted command does not wait for it.
  let interrupt = () => {}
  const isInterrupted = new Promise<void>((resolve) => (interrupt = resolve))
  interrupted.addEventListener('abort', interrupt)
  if (interrupted.aborted) interrupt()
  try {
    await Promise.race([closing, isInterrupted])
  } finally {
    interrupted.removeEventListener('abort', interrupt)
  }
  if (interrupted.aborted) await closeInTime(pipe)
}
