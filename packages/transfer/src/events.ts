import type { FileReason, EntryOutcome } from './frame/reasons.ts'
import type { NoteEntry } from './manifest/entry.ts'
import type { Summary } from './manifest/summary.ts'
import type { Progress } from './pacing/progress.ts'

/** The end of one file, at both ends. Paths are those of the sender, not escaped for a terminal. */
export type FileEvent =
  | {
      readonly type: 'file'
      readonly path: string
      readonly outcome: EntryOutcome
      readonly storedAs?: string
    }
  | {
      readonly type: 'file-failed'
      readonly path: string
      readonly reason: FileReason
      readonly detail: string
    }
  /** A remark of the sender about something that is not sent, or is sent in another way. */
  | NoteEntry

/** Everything that a sender reports while it runs. */
export type SendEvent =
  | { readonly type: 'offer'; readonly summary: Summary }
  | { readonly type: 'accepted' }
  | { readonly type: 'progress'; readonly progress: Progress }
  | FileEvent

/** Everything that a receiver reports while it runs. */
export type ReceiveEvent =
  | { readonly type: 'offer'; readonly summary: Summary }
  | { readonly type: 'accepted' }
  | { readonly type: 'progress'; readonly progress: Progress }
  /** An unfinished file goes on after `bytes`. */
  | { readonly type: 'resumed'; readonly path: string; readonly bytes: number }
  /** An unfinished file begins anew, because the source has changed since. */
  | { readonly type: 'restarted'; readonly path: string }
  | FileEvent

/** A transfer that both ends have ended in agreement. */
export interface TransferResult {
  /** Files that the receiver has now. */
  readonly stored: number
  /** Files that were not sent or not stored; `file-failed` named each. */
  readonly failed: number
  /** Bytes that crossed the stream as chunks. */
  readonly movedBytes: number
}
