import type { FileReason, EntryOutcome } from '../frame/reasons.ts'

/** How a receiver treats a name that exists with another content. */
export type ConflictPolicy = 'skip' | 'rename' | 'overwrite'

/** How an earlier run of the same transfer ended for one file. */
export const FileStatus = { Open: 0, InPlace: 1, Renamed: 2, Skipped: 3 } as const

/** Facts on the disk that decide what a receiver asks for. */
export interface FileFacts {
  /** Bytes of the announced file; `undefined` when nobody knows. */
  readonly size: number | undefined
  /** The file, folder or link that has the name now. Sizes are those of files. */
  readonly existing: { readonly type: 'none' | 'file' | 'directory' | 'other'; readonly size: number }
  readonly status: number
}

/** The decision about one announced file. */
export type FilePlan =
  | { readonly type: 'leave'; readonly outcome: EntryOutcome }
  /** The file that has the name may be the same: its chunks are compared. */
  | { readonly type: 'compare' }
  /** The name is free. */
  | { readonly type: 'fetch' }
  /** Another file has the name: the policy decides. */
  | { readonly type: 'conflict' }
  | { readonly type: 'fail'; readonly reason: FileReason; readonly detail: string }

/** Decides what to do with a file before any of its bytes is sent. */
export function planFile({ size, existing, status }: FileFacts): FilePlan {
  if (status === FileStatus.Renamed || status === FileStatus.Skipped)
    return { type: 'leave', outcome: 'already' }
  const hasItsSize = existing.type === 'file' && existing.size === size
  if (status === FileStatus.InPlace && hasItsSize) return { type: 'leave', outcome: 'already' }
  if (existing.type === 'none') return { type: 'fetch' }
  if (hasItsSize) return size === 0 ? { type: 'leave', outcome: 'same' } : { type: 'compare' }
  if (existing.type === 'directory')
    return { type: 'fail', reason: 'in-the-way', detail: 'a folder has the name' }
  return { type: 'conflict' }
}

/** The name for a file whose own name is taken: `photo (2).jpg`. */
export function numberedName(name: string, number: number): string {
  const dot = name.lastIndexOf('.')
  const stem = dot > 0 ? name.slice(0, dot) : name
  return `${stem} (${number})${name.slice(stem.length)}`
}
