import { codeOfStop, stopOfNumber, StopReason } from '../frame/reasons.ts'
import { TransferError } from '../transfer-error.ts'

/** Streams of a session have codes for their abort; those below are the session's own. */
const FIRST_ABORT_CODE = 16

/** The code with which a stream is aborted for this reason, when the peer does not read the frame that says it. */
export function abortCodeOf(reason: StopReason): number {
  return FIRST_ABORT_CODE + StopReason[reason]
}

/** The error of a transfer that the peer stops. */
export function stoppedByPeer(reason: StopReason, detail: string): TransferError {
  const message = `the peer stopped the transfer: ${reason}`
  return new TransferError(codeOfStop(reason), message, { side: 'peer', detail })
}

/** The error for a stream that ended before the transfer did: the peer may have aborted it with its reason. */
export function closed(cause?: unknown): TransferError {
  const { closeCode } = (cause ?? {}) as { readonly closeCode?: unknown }
  if (typeof closeCode === 'number' && closeCode >= FIRST_ABORT_CODE) {
    const reason = stopOfNumber(closeCode - FIRST_ABORT_CODE)
    return stoppedByPeer(reason, reason)
  }
  return new TransferError('TRANSFER_CLOSED', 'the stream ended before the transfer was complete', { cause })
}
