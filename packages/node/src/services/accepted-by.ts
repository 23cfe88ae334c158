import { abortable, type Clock } from '@p2pd/netif'
import { CALL_TIMEOUT_MS, type CallOptions } from '../calls/call.ts'
import { NodeError } from '../node-error.ts'
import type { Path } from '../pipes/path.ts'
import { withDeadline } from '../runtime/deadline.ts'

/** The call whose nomination the peer is to accept. */
export interface Accepting {
  readonly clock: Clock
  readonly startedAt: number
  readonly options: CallOptions
  /** Aborts when the node is closed. */
  readonly over: AbortSignal
}

/**
 * Waits until the peer has accepted a nominated path, no longer than the call may take. The session begins afterwards: a
 * peer that asks a person first answers no frame of it. Fails with `NODE_SERVICE`, `NODE_TIMEOUT`, `NODE_ABORTED` or
 * `NODE_CLOSED`, and closes the path.
 */
export async function acceptedBy({ replied, stream }: Path, call: Accepting): Promise<void> {
  const { clock, startedAt, options, over } = call
  const { timeoutMs = CALL_TIMEOUT_MS, signal = over, service } = options
  stream.on('error', () => {}) // A refusal destroys the stream; the reply has the reason.
  const left = Math.max(0, startedAt + timeoutMs - clock.now())
  const ending = AbortSignal.any([signal, over])
  try {
    const deadline = {
      clock,
      timeoutMs: left,
      what: `the decision of the peer about "${service}"`,
      signal: ending,
    }
    await withDeadline(deadline, (aborting) => abortable(Promise.resolve(replied), aborting))
  } catch (cause) {
    stream.destroy()
    if (over.aborted) throw over.reason as Error
    if (cause instanceof NodeError) throw cause
    throw new NodeError('NODE_ABORTED', 'connect was aborted', { cause })
  }
}
