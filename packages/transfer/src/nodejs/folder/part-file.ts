import { constants, fchmodSync, futimesSync } from 'node:fs'
import { open, rm, type FileHandle } from 'node:fs/promises'
import { equalBytes } from '@p2pd/netif'
import { CHUNK_LENGTH } from '../../frame/frame.ts'
import { chunkCount, chunkLength, type FileEntry } from '../../manifest/entry.ts'
import {
  decodeJournal,
  encodeJournalHeader,
  JOURNAL_HEADER_LENGTH,
  type Journal,
} from '../../receiving/journal.ts'
import type { Part } from './part.ts'
import { type PartFolder, readIfThere } from './part-folder.ts'
import { sha256 } from '../sha256.ts'

/** A file that is not complete yet. Chunks are recorded after they were written, so that a killed receiver goes on. */
export class PartFile implements Part {
  readonly path: string
  readonly #journalPath: string
  readonly #handle: FileHandle
  readonly #journal: FileHandle | undefined
  readonly chunks: number
  readonly isRestarted: boolean

  private constructor(
    paths: readonly [path: string, journal: string],
    handles: readonly [file: FileHandle, journal: FileHandle | undefined],
    chunks: number,
    isRestarted: boolean,
  ) {
    ;[this.path, this.#journalPath] = paths
    ;[this.#handle, this.#journal] = handles
    this.chunks = chunks
    this.isRestarted = isRestarted
  }

  /** Opens the part of an entry, and finds out how much of it is there. Files of one chunk have no journal. */
  static async open(folder: PartFolder, entry: FileEntry): Promise<PartFile> {
    const [path, journalPath] = [folder.partOf(entry.path), folder.journalOf(entry.path)]
    const { size, mtimeMs } = entry
    if (size === undefined || size <= CHUNK_LENGTH)
      return new PartFile([path, journalPath], [await openPart(path, constants.O_TRUNC), undefined], 0, false)
    const known = decodeJournal((await readIfThere(journalPath)) ?? new Uint8Array())
    const isSame = known?.size === size && known.mtimeMs === mtimeMs
    const file = await openPart(path, isSame ? 0 : constants.O_TRUNC)
    try {
      const chunks = isSame ? await countChunks(file, known, folder.boot, size) : 0
      const journal = await openJournal(journalPath, { size, mtimeMs, boot: folder.boot }, known, chunks)
      return new PartFile([path, journalPath], [file, journal], chunks, known !== undefined && !isSame)
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /** Writes a chunk, then records it. */
  async write(number: number, hash: Uint8Array, bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(
        bytes,
        at,
        bytes.length - at,
        number * CHUNK_LENGTH + at,
      )
      at += bytesWritten
    }
    await this.#journal?.write(hash, 0, hash.length, JOURNAL_HEADER_LENGTH + number * hash.length)
  }

  async complete(entry: FileEntry, umask: number): Promise<void> {
    fchmodSync(this.#handle.fd, entry.permissions & 0o777 & ~umask)
    if (entry.size !== undefined) futimesSync(this.#handle.fd, Date.now() / 1000, entry.mtimeMs / 1000)
    await this.#handle.sync()
    await this.close()
  }

  async close(): Promise<void> {
    await this.#handle.close()
    await this.#journal?.close()
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true })
    await this.forget()
  }

  async forget(): Promise<void> {
    if (this.#journal !== undefined) await rm(this.#journalPath, { force: true })
  }
}

function openPart(path: string, flags: number): Promise<FileHandle> {
  return open(path, constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0) | flags, 0o600)
}

async function openJournal(
  path: string,
  header: Omit<Journal, 'hashes'>,
  known: Journal | undefined,
  chunks: number,
): Promise<FileHandle> {
  const isContinued = chunks > 0 && known !== undefined
  const journal = await open(path, isContinued ? 'r+' : 'w', 0o600)
  if (!isContinued || known.boot !== header.boot)
    await journal.write(encodeJournalHeader(header), 0, JOURNAL_HEADER_LENGTH, 0)
  await journal.truncate(JOURNAL_HEADER_LENGTH + chunks * 32)
  return journal
}

/**
 * The chunks that are on disk. Chunks of this run of the system are there, whatever happened to the process. Chunks of
 * another run are hashed again, because the system may have crashed before it wrote them.
 */
async function countChunks(file: FileHandle, known: Journal, boot: string, size: number): Promise<number> {
  const { size: onDisk } = await file.stat()
  const recorded = known.hashes.slice(0, chunkCount(size))
  const isThere = (number: number) => number * CHUNK_LENGTH + chunkLength(size, number) <= onDisk
  let chunks = 0
  for (const [number, hash] of recorded.entries()) {
    if (!isThere(number)) break
    if (known.boot !== boot || boot === '') {
      const bytes = Buffer.allocUnsafe(chunkLength(size, number))
      await file.read(bytes, 0, bytes.length, number * CHUNK_LENGTH)
      if (!equalBytes(sha256(bytes), hash)) break
    }
    chunks++
  }
  return chunks
}
