import { closeSync, constants, fchmodSync, futimesSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { FileEntry } from '../../manifest/entry.ts'
import { osCode } from '../os-failure.ts'
import type { Part } from './part.ts'
import { syncFile } from './sync-files.ts'

/** A file up to this is kept in memory until it is complete, and written by a few calls without promises. */
export const SMALL_LENGTH = 2 ** 16
/** Bytes of all such files of one transfer. A sender ends a file before it begins the next one, so few are kept. */
const MAX_HELD = 2 ** 22

/** The bytes of small files in memory, of one transfer. */
export class HeldBytes {
  #length = 0

  /** Whether there is room for more. */
  take(length: number): boolean {
    if (this.#length + length > MAX_HELD) return false
    this.#length += length
    return true
  }

  give(length: number): void {
    this.#length -= length
  }
}

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL

/**
 * A small file that is not complete yet. It has a file on disk when it is complete, or when memory is short: its sender has begun
 * many of them at once.
 */
export class SmallPart implements Part {
  readonly path: string
  readonly chunks = 0
  readonly isRestarted = false
  readonly #held: HeldBytes
  #bytes: Uint8Array | undefined
  #isOnDisk = false

  constructor(path: string, held: HeldBytes) {
    this.path = path
    this.#held = held
  }

  async write(_number: number, _hash: Uint8Array, bytes: Uint8Array): Promise<void> {
    if (this.#held.take(bytes.length)) this.#bytes = bytes
    else closeSync(this.#create(0o600, bytes))
  }

  async complete({ permissions, mtimeMs }: FileEntry, umask: number): Promise<void> {
    const mode = permissions & 0o777 & ~umask
    const bytes = this.#isOnDisk ? undefined : (this.#bytes ?? new Uint8Array())
    const file = bytes === undefined ? openSync(this.path, constants.O_WRONLY) : this.#create(mode, bytes)
    try {
      if (bytes === undefined) fchmodSync(file, mode)
      futimesSync(file, Date.now() / 1000, mtimeMs / 1000)
      await syncFile(file)
    } finally {
      closeSync(file)
    }
  }

  async close(): Promise<void> {
    this.#held.give(this.#bytes?.length ?? 0)
    this.#bytes = undefined
  }

  async remove(): Promise<void> {
    await this.close()
    await rm(this.path, { force: true })
  }

  async forget(): Promise<void> {
    await this.close()
  }

  /** A file of its own: what an earlier run has left is not used. */
  #create(mode: number, bytes: Uint8Array): number {
    const file = openNew(this.path, mode)
    this.#isOnDisk = true
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
      return file
    } catch (error) {
      closeSync(file)
      throw error
    }
  }
}

function openNew(path: string, mode: number): number {
  try {
    return openSync(path, CREATE, mode)
  } catch (error) {
    if (osCode(error) !== 'EEXIST') throw error
    unlinkSync(path)
    return openSync(path, CREATE, mode)
  }
}
