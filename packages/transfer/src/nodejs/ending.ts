import { stopOfCode } from '../frame/reasons.ts'
import { TransferError } from '../transfer-error.ts'
import type { FrameLink } from './frame-link.ts'

/** A signal that ends everything of one transfer, and its cause. */
export class Ending {
  readonly #controller = new AbortController()
  readonly #signal: AbortSignal | undefined
  readonly #abort = () => this.#controller.abort(cancelled(this.#signal))

  /** Ends with the signal of the caller as well. */
  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal
    signal?.addEventListener('abort', this.#abort)
    if (signal?.aborted) this.#abort()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Ends everything, and announces the reason to the peer unless the peer or the stream has ended the transfer. */
  async fail(error: unknown, link: FrameLink): Promise<void> {
    this.#controller.abort(error)
    const { code, detail, side } = error instanceof TransferError ? error : unexpected
    if (side === 'peer' || code === 'TRANSFER_CLOSED') link.destroy()
    else await link.stop(stopOfCode(code), detail)
  }

  close(): void {
    this.#signal?.removeEventListener('abort', this.#abort)
  }
}

const unexpected = { code: 'TRANSFER_CANCELLED', detail: 'the program failed', side: 'local' } as const

/** The error of a transfer that this end's signal cancels. */
function cancelled(signal: AbortSignal | undefined): TransferError {
  const reason: unknown = signal?.reason
  const isDefault = reason instanceof Error && reason.name === 'AbortError'
  const words =
    typeof reason === 'string' ? reason : reason instanceof Error && !isDefault ? reason.message : ''
  const message = words === '' ? 'the transfer was cancelled' : words
  return new TransferError('TRANSFER_CANCELLED', message, { cause: reason })
}
