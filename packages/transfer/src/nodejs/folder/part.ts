import type { FileEntry } from '../../manifest/entry.ts'

/** A file that is not complete yet. */
export interface Part {
  /** The place of its bytes, once it is complete. */
  readonly path: string
  /** Chunks that an earlier run has stored. */
  readonly chunks: number
  /** Whether an earlier run had stored chunks of another version of the file. */
  readonly isRestarted: boolean
  /** Takes a chunk. Called in the order of the chunks. */
  write(number: number, hash: Uint8Array, bytes: Uint8Array): Promise<void>
  /** The file is complete: permissions, time, and its bytes on the disk. */
  complete(entry: FileEntry, umask: number): Promise<void>
  /** Keeps the part for another run. */
  close(): Promise<void>
  /** The part is not wanted any more. */
  remove(): Promise<void>
  /** The part was moved to its place. */
  forget(): Promise<void>
}
