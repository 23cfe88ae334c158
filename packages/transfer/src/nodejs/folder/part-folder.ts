import { systemReason } from '@p2pd/netif'
import { writeSync } from 'node:fs'
import { lstat, mkdir, open, readFile, rm, rmdir, statfs, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { PART_FOLDER } from '../../names/path-mapper.ts'
import { TransferError } from '../../transfer-error.ts'
import { checkFolder } from './folders.ts'
import { PartLock } from './part-lock.ts'
import { sha256 } from '../sha256.ts'
import { bootId } from './boot-id.ts'

/** Statuses are written after so many files. A lost one costs the comparison of a file that is there. */
const STATUS_BATCH = 32

/** The unfinished files of one peer in one receiving folder, and how far the transfer of this manifest is. */
export class PartFolder {
  readonly folder: string
  readonly boot: string
  readonly #root: string
  readonly #lock: PartLock
  readonly #statusFile: FileHandle
  readonly #statuses: Uint8Array
  #dirtyFrom = Number.POSITIVE_INFINITY
  #dirtyTo = 0
  #dirtyCount = 0

  private constructor(
    root: string,
    folder: string,
    boot: string,
    lock: PartLock,
    file: FileHandle,
    statuses: Uint8Array,
  ) {
    this.#root = root
    this.folder = folder
    this.boot = boot
    this.#lock = lock
    this.#statusFile = file
    this.#statuses = statuses
  }

  /**
   * Opens or makes the folder for a peer.
   *
   * @throws TransferError `TRANSFER_BUSY` while another transfer uses it.
   */
  static async open(root: string, peer: string, manifest: Uint8Array, entries: number): Promise<PartFolder> {
    const folder = join(root, PART_FOLDER, name(peer))
    await makePrivate(join(root, PART_FOLDER))
    await makePrivate(folder)
    const boot = await bootId()
    const lock = await PartLock.take(join(folder, 'lock'), boot)
    try {
      const path = join(folder, `${Buffer.from(manifest).toString('hex').slice(0, 32)}.status`)
      const file = await open(path, 'a+', 0o600).then(async (made) => {
        await made.close()
        return open(path, 'r+')
      })
      const statuses = new Uint8Array(entries)
      await file.read(statuses, 0, entries, 0)
      return new PartFolder(root, folder, boot, lock, file, statuses)
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  /** Where the part of a file is written. */
  partOf(path: string): string {
    return join(this.folder, `${name(path)}.part`)
  }

  /** Where a small file is written: no later run goes on with it, so its place need not be found again. */
  smallPartOf(index: number): string {
    return join(this.folder, `${index}.small`)
  }

  /** Where the chunks of a part are recorded. */
  journalOf(path: string): string {
    return join(this.folder, `${name(path)}.journal`)
  }

  status(index: number): number {
    return this.#statuses[index] ?? 0
  }

  async setStatus(index: number, status: number): Promise<void> {
    this.#statuses[index] = status
    this.#dirtyFrom = Math.min(this.#dirtyFrom, index)
    this.#dirtyTo = Math.max(this.#dirtyTo, index + 1)
    if (++this.#dirtyCount >= STATUS_BATCH) await this.#flush()
  }

  /** Ends the use of the folder. It goes when everything is stored, and stays for the next try when not. */
  async close(isComplete: boolean): Promise<void> {
    try {
      // A full disk takes no status. The transfer has its own error, and a lost status costs a comparison alone.
      await this.#flush().catch(() => {})
    } finally {
      await this.#statusFile.close()
      await this.#lock.release()
      if (isComplete) {
        await rm(this.folder, { recursive: true, force: true })
        await rmdir(join(this.#root, PART_FOLDER)).catch(() => {}) // Another peer has parts here.
      }
    }
  }

  /** Bits of permissions that the user wants nobody to get. */
  async umask(): Promise<number> {
    const probe = join(this.folder, 'umask')
    await rm(probe, { force: true })
    const file = await open(probe, 'wx', 0o777)
    const { mode } = await file.stat()
    await file.close()
    await rm(probe, { force: true })
    return 0o777 & ~mode
  }

  async #flush(): Promise<void> {
    const [from, to] = [this.#dirtyFrom, this.#dirtyTo]
    if (to <= from) return
    ;[this.#dirtyFrom, this.#dirtyTo, this.#dirtyCount] = [Number.POSITIVE_INFINITY, 0, 0]
    // Without a promise: a thread that is woken for some bytes costs more than writing them.
    writeSync(this.#statusFile.fd, this.#statuses, from, to - from, from)
  }
}

/** Bytes that the user may still write on the disk of a folder. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

/** Bytes on disk of a part. */
export async function partBytes(part: string): Promise<number> {
  return lstat(part).then(
    ({ size }) => size,
    () => 0,
  )
}

async function makePrivate(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 }).catch(() => {}) // The check below reports what is in the way.
  await checkFolder(folder).catch((error: unknown) => {
    const message = `${folder} cannot be used: ${systemReason(error)}`
    throw new TransferError('TRANSFER_NOT_WRITABLE', message, {
      cause: error,
      detail: 'the folder cannot be written',
    })
  })
}

/** A short name that every system takes, and that does not show the original. */
function name(text: string): string {
  return Buffer.from(sha256(text)).toString('hex').slice(0, 32)
}

/** Reads a small file; `undefined` when it is not there. */
export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  return readFile(path).catch(() => undefined)
}
