import { ByteReader, malformed } from '../frame/byte-reader.ts'
import { ByteWriter } from '../frame/byte-writer.ts'
import { CHUNK_LENGTH, MAX_DETAIL } from '../frame/frame.ts'
import { FileReason, fileReasonOf } from '../frame/reasons.ts'
import { MAX_PATH, pathNames } from '../names/relative-path.ts'

/** One line of the manifest. Paths are relative, with `/`. Permissions are the nine bits of POSIX. */
export type Entry = FileEntry | DirectoryEntry | LinkEntry | NoteEntry

/** A file with content. */
export interface FileEntry {
  readonly type: 'file'
  readonly path: string
  readonly permissions: number
  /** Bytes. `undefined` while nobody knows: standard input. */
  readonly size: number | undefined
  /** Last change, in milliseconds since 1970. */
  readonly mtimeMs: number
}

/** A folder. */
export interface DirectoryEntry {
  readonly type: 'directory'
  readonly path: string
  readonly permissions: number
}

/** A symbolic link. */
export interface LinkEntry {
  readonly type: 'link'
  readonly path: string
  readonly target: string
}

/** A remark of the sender: something that is not sent, or is sent in another way. */
export interface NoteEntry {
  readonly type: 'note'
  readonly path: string
  readonly reason: FileReason
  readonly detail: string
}

const Kind = { File: 1, Directory: 2, Link: 3, Note: 4, Stream: 5 } as const

/** Chunks of a file of so many bytes. */
export function chunkCount(size: number): number {
  return Math.ceil(size / CHUNK_LENGTH)
}

/** Bytes of a chunk. */
export function chunkLength(size: number, number: number): number {
  return Math.min(CHUNK_LENGTH, size - number * CHUNK_LENGTH)
}

/** The entry after its length, so that kinds not known can be skipped. */
export function encodeEntry(entry: Entry): Uint8Array {
  const fields = new ByteWriter().byte(kindOf(entry)).text(entry.path)
  if (entry.type === 'file') {
    fields.integer(entry.permissions & 0o777).integer(zigzag(entry.mtimeMs))
    if (entry.size !== undefined) fields.integer(entry.size)
  } else if (entry.type === 'directory') fields.integer(entry.permissions & 0o777)
  else if (entry.type === 'link') fields.text(entry.target)
  else fields.byte(FileReason[entry.reason]).text(entry.detail.slice(0, MAX_DETAIL / 4))
  const bytes = fields.take()
  return new ByteWriter().integer(bytes.length).raw(bytes).take()
}

/** Decodes entries that follow one another. Throws `TRANSFER_MALFORMED` for paths that are not relative, too. */
export function decodeEntries(bytes: Uint8Array): Entry[] {
  const reader = new ByteReader(bytes)
  const entries: Entry[] = []
  while (reader.left > 0) entries.push(decodeEntry(new ByteReader(reader.raw(reader.integer()))))
  return entries
}

function decodeEntry(fields: ByteReader): Entry {
  const kind = fields.byte()
  const path = fields.text(MAX_PATH)
  pathNames(path)
  switch (kind) {
    case Kind.File:
    case Kind.Stream: {
      const [permissions, mtimeMs] = [fields.integer() & 0o777, unzigzag(fields.integer())]
      return {
        type: 'file',
        path,
        permissions,
        mtimeMs,
        size: kind === Kind.File ? fields.integer() : undefined,
      }
    }
    case Kind.Directory:
      return { type: 'directory', path, permissions: fields.integer() & 0o777 }
    case Kind.Link:
      return { type: 'link', path, target: fields.text(MAX_PATH) }
    case Kind.Note:
      return { type: 'note', path, reason: fileReasonOf(fields.byte()), detail: fields.text(MAX_DETAIL) }
    case 0:
      throw malformed('an entry of kind 0')
    default:
      return { type: 'note', path, reason: 'other', detail: `an entry of kind ${kind}` }
  }
}

function kindOf(entry: Entry): number {
  switch (entry.type) {
    case 'file':
      return entry.size === undefined ? Kind.Stream : Kind.File
    case 'directory':
      return Kind.Directory
    case 'link':
      return Kind.Link
    case 'note':
      return Kind.Note
  }
}

/** Times before 1970 are odd numbers. */
function zigzag(value: number): number {
  const whole = Math.trunc(value)
  return whole < 0 ? -2 * whole - 1 : 2 * whole
}

function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}
