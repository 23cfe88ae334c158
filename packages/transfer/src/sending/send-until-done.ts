import { type Clock, sleep } from '@p2pd/netif'
import type { TransferResult } from '../events.ts'
import { TransferError } from '../transfer-error.ts'

/** A receiver that was restarted, or whose machine was, is called again for this long. */
const AWAY_MS = 60_000
/** Between two such calls. */
const PAUSE_MS = 1000
/** Refusals in a row that are believed: a receiver that is starting refuses until it takes files. */
const REFUSALS = 3

/** How files are sent by one connection after another. */
export interface Attempts<Connection> {
  readonly clock: Clock
  readonly call: () => Promise<Connection>
  /** Sends over a connection, and closes it. */
  readonly send: (connection: Connection) => Promise<TransferResult>
  /** Whether the sources can be read a second time: bytes of a stream cannot. */
  readonly isRepeatable: boolean
  /** An earlier process has begun it: the receiver may be starting, too. @default false */
  readonly isResumed?: boolean
  /** Whether a call has failed because the receiver is there and lets nobody in, as one that was restarted does. @default no call */
  readonly isRefusal?: (error: unknown) => boolean
  /** Whether nobody is called again. */
  readonly isOver: () => boolean
  /** Called with the reason before the receiver is called again: `TRANSFER_CLOSED`, or `TRANSFER_BUSY` once in a row. */
  readonly onAgain?: (reason: TransferError) => void
  /** Ends a pause between two calls. */
  readonly signal?: AbortSignal
}

/**
 * Sends files, and calls again for a minute when the connection is lost, or when the receiver is busy with the same files. A busy
 * receiver may not have noticed yet that an earlier sender was killed. Rejects as `call` or `send` does. When the receiver stays
 * away after a loss, it rejects with the loss, `TRANSFER_CLOSED`; when it refuses three calls, with the last refusal.
 */
export async function sendUntilDone<Connection>(attempts: Attempts<Connection>): Promise<TransferResult> {
  const { clock, isRepeatable, isResumed = false, isOver, onAgain, signal } = attempts
  let loss: TransferError | undefined
  let until = isResumed ? clock.now() + AWAY_MS : undefined
  let isHeld = false
  for (;;) {
    const connection = await (until === undefined ? attempts.call() : callAgain(attempts, until, loss))
    try {
      return await attempts.send(connection)
    } catch (error) {
      if (!isRepeatable || isOver() || !(error instanceof TransferError)) throw error
      if (error.code === 'TRANSFER_CLOSED') {
        loss = error
        until = clock.now() + AWAY_MS
        isHeld = false
        onAgain?.(error)
      } else if (isBusy(error) && clock.now() < (until ??= clock.now() + AWAY_MS)) {
        if (!isHeld) onAgain?.(error)
        isHeld = true
        await sleep(clock, PAUSE_MS, signal)
      } else throw error
    }
  }
}

function isBusy({ code }: TransferError): boolean {
  return code === 'TRANSFER_BUSY'
}

/** Fails with the loss when the receiver stays away; without one, as the last call did. */
async function callAgain<Connection>(
  { clock, call, isRefusal = () => false, isOver, signal }: Attempts<Connection>,
  until: number,
  loss: TransferError | undefined,
): Promise<Connection> {
  for (let refusals = 0; ; ) {
    try {
      return await call()
    } catch (error) {
      refusals = isRefusal(error) ? refusals + 1 : 0
      if (isOver() || refusals === REFUSALS) throw error
      if (clock.now() > until) throw loss ?? error
    }
    await sleep(clock, PAUSE_MS, signal)
  }
}
