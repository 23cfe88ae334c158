import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import type { FileEntry } from '../../manifest/entry.ts'
import { type FileFailure, readFailure } from '../os-failure.ts'
import type { Slab } from '../slab.ts'
import { changeOf } from './source-file.ts'

/** A file up to this is read at once, without promises: each one costs more than the call that it waits for. */
export const SMALL_LENGTH = 2 ** 16

/** The bytes of a small file; a failure when it cannot be read, or has changed since it was announced. Only a chosen path may be a link. */
export function readSmallFile(
  path: string,
  entry: FileEntry,
  { isChosen, slab }: { readonly isChosen: boolean; readonly slab: Slab },
): Uint8Array | FileFailure {
  const noFollow = isChosen ? 0 : (constants.O_NOFOLLOW ?? 0)
  const bytes = slab.allocate(entry.size ?? 0)
  try {
    // Not blocking, in case a pipe has taken the place of the file.
    const file = openSync(path, constants.O_RDONLY | noFollow | (constants.O_NONBLOCK ?? 0))
    try {
      const failure = changeOf(fstatSync(file), entry)
      if (failure !== undefined) return failure
      for (let at = 0; at < bytes.length; ) {
        const count = readSync(file, bytes, at, bytes.length - at, at)
        if (count === 0) return { reason: 'changed', detail: 'the file is shorter now' }
        at += count
      }
      return changeOf(fstatSync(file), entry) ?? bytes
    } finally {
      closeSync(file)
    }
  } catch (error) {
    return readFailure(error)
  }
}
