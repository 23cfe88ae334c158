import { constants, type Stats } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { CHUNK_LENGTH } from '../../frame/frame.ts'
import { chunkLength, type FileEntry } from '../../manifest/entry.ts'
import { type FileFailure, readFailure } from '../os-failure.ts'

/** Reads one file in chunks, and notices when it is not the file that was announced. */
export class SourceFile {
  readonly #handle: FileHandle
  readonly #entry: FileEntry

  private constructor(handle: FileHandle, entry: FileEntry) {
    this.#handle = handle
    this.#entry = entry
  }

  /** Opens the file of an entry; a failure when it cannot be read, or has changed since. */
  static async open(path: string, entry: FileEntry, followLink: boolean): Promise<SourceFile | FileFailure> {
    const noFollow = followLink ? 0 : (constants.O_NOFOLLOW ?? 0)
    try {
      // Not blocking, in case a pipe has taken the place of the file.
      const handle = await open(path, constants.O_RDONLY | noFollow | (constants.O_NONBLOCK ?? 0))
      const file = new SourceFile(handle, entry)
      const failure = await file.change()
      if (failure === undefined) return file
      await handle.close()
      return failure
    } catch (error) {
      return readFailure(error)
    }
  }

  /** The bytes of a chunk; a failure when the file is shorter now or cannot be read. */
  async read(number: number): Promise<Uint8Array | FileFailure> {
    const length = chunkLength(this.#entry.size ?? 0, number)
    const bytes = Buffer.allocUnsafeSlow(length)
    try {
      for (let at = 0; at < length; ) {
        const { bytesRead } = await this.#handle.read(bytes, at, length - at, number * CHUNK_LENGTH + at)
        if (bytesRead === 0) return { reason: 'changed', detail: 'the file is shorter now' }
        at += bytesRead
      }
      return bytes
    } catch (error) {
      return readFailure(error)
    }
  }

  /** A failure when size or time of the last change differ from the announced ones. */
  async change(): Promise<FileFailure | undefined> {
    return changeOf(await this.#handle.stat(), this.#entry)
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }
}

/** A failure when the facts of a file are not the announced ones. */
export function changeOf(facts: Stats, { size, mtimeMs }: FileEntry): FileFailure | undefined {
  if (!facts.isFile()) return { reason: 'changed', detail: 'it was a file when it was announced' }
  const isSame = facts.size === size && Math.trunc(facts.mtimeMs) === mtimeMs
  return isSame ? undefined : { reason: 'changed', detail: 'the file changed after it was announced' }
}

/** Whether reading gave bytes or a file. */
export function isFailure(result: object): result is FileFailure {
  return 'reason' in result
}
