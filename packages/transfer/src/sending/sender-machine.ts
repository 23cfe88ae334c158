import { malformed } from '../frame/byte-reader.ts'
import { type Frame, VERSION } from '../frame/frame.ts'
import type { FileReason, EntryOutcome, StopReason } from '../frame/reasons.ts'
import { TransferError } from '../transfer-error.ts'

/** A file that the receiver wants, from this chunk on. */
export interface Want {
  readonly index: number
  readonly from: number
  readonly hashesOnly: boolean
}

/** The next thing that a sender does. */
export type SenderStep =
  | { readonly type: 'accepted' }
  | { readonly type: 'want'; readonly want: Want }
  | { readonly type: 'wants-end' }
  | { readonly type: 'stored'; readonly index: number; readonly outcome: EntryOutcome }
  | {
      readonly type: 'file-failed'
      readonly index: number
      readonly reason: FileReason
      readonly detail: string
    }
  | { readonly type: 'done'; readonly stored: number; readonly failed: number }
  | { readonly type: 'stopped'; readonly reason: StopReason; readonly detail: string }

/**
 * The sender's half of the protocol: which frame of the receiver may come when.
 *
 * It touches no disk. Throws `TRANSFER_PROTOCOL` and `TRANSFER_MALFORMED`; the transfer is over then.
 */
export class SenderMachine {
  #state: 'hello' | 'offering' | 'offered' | 'sending' | 'finished' | 'over' = 'hello'
  #entries = 0
  #hasOffered = false
  #wantsEnded = false

  hello(): Frame {
    return { type: 'hello', version: VERSION }
  }

  /** The manifest is complete: the receiver may accept now. */
  offer(entries: number, bytes: number, root: Uint8Array): Frame {
    this.#entries = entries
    // The receiver's hello may still be on its way; it comes before anything else of the receiver.
    if (this.#state === 'offering') this.#state = 'offered'
    this.#hasOffered = true
    return { type: 'offer', entries, bytes, root }
  }

  finish(): Frame {
    this.#state = 'finished'
    return { type: 'finish' }
  }

  receive(frame: Frame): SenderStep[] {
    if (frame.type === 'stop') {
      this.#state = 'over'
      return [{ type: 'stopped', reason: frame.reason, detail: frame.detail }]
    }
    switch (this.#state) {
      case 'hello':
        if (frame.type !== 'hello') break
        if (frame.version < 1) throw malformed(`version ${frame.version}`)
        this.#state = this.#hasOffered ? 'offered' : 'offering'
        return []
      case 'offered':
        if (frame.type !== 'accept') break
        this.#state = 'sending'
        return [{ type: 'accepted' }]
      case 'sending':
      case 'finished':
        return this.#receiveAnswer(frame)
      default:
    }
    throw new TransferError('TRANSFER_PROTOCOL', `the frame ${frame.type} in the state ${this.#state}`)
  }

  #receiveAnswer(frame: Frame): SenderStep[] {
    switch (frame.type) {
      case 'want': {
        if (this.#wantsEnded) break
        const { index, from, hashesOnly } = frame
        this.#check(index)
        return [{ type: 'want', want: { index, from, hashesOnly } }]
      }
      case 'wants-end':
        if (this.#wantsEnded) break
        this.#wantsEnded = true
        return [frame]
      case 'stored':
      case 'file-failed':
        this.#check(frame.index)
        return [frame]
      case 'done':
        if (this.#state !== 'finished') break
        this.#state = 'over'
        return [frame]
      default:
    }
    throw new TransferError('TRANSFER_PROTOCOL', `the frame ${frame.type} in the state ${this.#state}`)
  }

  #check(index: number): void {
    if (index >= this.#entries) throw malformed(`entry ${index} of ${this.#entries}`)
  }
}
