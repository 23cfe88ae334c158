import { abortable } from '@p2pd/netif'
import { CHUNK_LENGTH } from '../../frame/frame.ts'
import { chunkCount, type FileEntry } from '../../manifest/entry.ts'
import type { Want } from '../../sending/sender-machine.ts'
import type { AsyncQueue } from '../async-queue.ts'
import type { FrameLink } from '../frame-link.ts'
import type { FileFailure } from '../os-failure.ts'
import { sha256 } from '../sha256.ts'
import { Slab } from '../slab.ts'
import { readSmallFile, SMALL_LENGTH } from './small-file.ts'
import { isFailure, SourceFile } from './source-file.ts'
import type { Sources, StreamSource } from './walk.ts'

/** Files that are read ahead, so that many small ones cost no pause. */
const READ_AHEAD = 8

/** A file that has been opened, and its first chunk when it has one; a small one is read whole. */
interface Opened {
  readonly want: Want
  readonly entry: FileEntry
  readonly source: SourceFile | StreamSource | FileFailure | 'read'
  readonly first: Uint8Array | FileFailure | undefined
}

/** Sends the files that the receiver wants, in the order in which they are wanted. */
export class FileServer {
  readonly #link: FrameLink
  readonly #sources: Sources
  readonly #over: AbortSignal
  readonly #moved: (bytes: number) => void
  readonly #slab = new Slab()

  constructor(link: FrameLink, sources: Sources, over: AbortSignal, moved: (bytes: number) => void) {
    this.#link = link
    this.#sources = sources
    this.#over = over
    this.#moved = moved
  }

  /** Resolves when the last wanted file was sent. */
  async serve(wants: AsyncQueue<Want>, entryOf: (want: Want) => Promise<FileEntry>): Promise<void> {
    const opened: Promise<Opened>[] = []
    try {
      for (;;) {
        const want = opened.length === 0 ? await abortable(wants.take(), this.#over) : wants.tryTake()
        if (want !== undefined) opened.push(this.#open(want, entryOf))
        if (want !== undefined && opened.length < READ_AHEAD) continue
        const next = opened.shift()
        if (next === undefined) return
        await this.#send(await next)
      }
    } finally {
      for (const file of opened) file.then(close, () => {})
    }
  }

  async #open(want: Want, entryOf: (want: Want) => Promise<FileEntry>): Promise<Opened> {
    const entry = await entryOf(want)
    const { source, isChosen } = this.#sources.locate(entry.path)
    if (typeof source !== 'string') return { want, entry, source, first: undefined }
    const isWhole = want.from === 0 && entry.size !== undefined && entry.size <= SMALL_LENGTH
    if (isWhole)
      return {
        want,
        entry,
        source: 'read',
        first: readSmallFile(source, entry, { isChosen, slab: this.#slab }),
      }
    const file = await SourceFile.open(source, entry, isChosen)
    const hasChunks = want.from < chunkCount(entry.size ?? 0)
    const first = isFailure(file) || !hasChunks ? undefined : await file.read(want.from)
    return { want, entry, source: file, first }
  }

  async #send(opened: Opened): Promise<void> {
    const { index } = opened.want
    try {
      const failure = await this.#sendBytes(opened)
      if (failure === undefined) await this.#link.send({ type: 'file-end', index })
      else await this.#link.send({ type: 'file-failed', index, ...failure })
    } finally {
      await close(opened)
    }
  }

  /** Sends the bytes of a file; a failure when they are not the announced ones. */
  async #sendBytes(opened: Opened): Promise<FileFailure | undefined> {
    const { source, first, want, entry } = opened
    if (source === 'read') {
      if (first !== undefined && isFailure(first)) return first
      if (first !== undefined && entry.size !== 0) await this.#sendChunk(want, 0, first)
      return undefined
    }
    if (isFailure(source)) return source
    return source instanceof SourceFile ? this.#sendFile(opened, source) : this.#sendStream(opened, source)
  }

  async #sendFile({ want, entry, first }: Opened, file: SourceFile): Promise<FileFailure | undefined> {
    const count = chunkCount(entry.size ?? 0)
    let next = first === undefined ? undefined : Promise.resolve(first)
    for (let number = want.from; number < count; number++) {
      const bytes = (await next) ?? (await file.read(number))
      if (isFailure(bytes)) return bytes
      this.#over.throwIfAborted()
      // The disk reads the next chunk while this one is hashed and sent.
      next = number + 1 < count ? file.read(number + 1) : undefined
      await this.#sendChunk(want, number, bytes)
    }
    return file.change()
  }

  async #sendStream({ want }: Opened, { bytes }: StreamSource): Promise<FileFailure | undefined> {
    if (want.from > 0 || want.hashesOnly) return { reason: 'changed', detail: 'a stream is read only once' }
    let number = 0
    let [parts, length]: [Uint8Array[], number] = [[], 0]
    for await (const part of bytes) {
      this.#over.throwIfAborted()
      for (let at = 0; at < part.length; ) {
        const piece = part.subarray(at, at + CHUNK_LENGTH - length)
        parts.push(piece)
        ;[at, length] = [at + piece.length, length + piece.length]
        if (length < CHUNK_LENGTH) continue
        await this.#sendChunk(want, number++, Buffer.concat(parts))
        ;[parts, length] = [[], 0]
      }
    }
    if (length > 0) await this.#sendChunk(want, number, Buffer.concat(parts))
    return undefined
  }

  async #sendChunk({ index, hashesOnly }: Want, number: number, bytes: Uint8Array): Promise<void> {
    const hash = sha256(bytes)
    if (hashesOnly) return this.#link.send({ type: 'hash', index, number, hash })
    await this.#link.send({ type: 'chunk', index, number, hash, bytes })
    this.#moved(bytes.length)
  }
}

async function close({ source }: Opened): Promise<void> {
  if (source instanceof SourceFile) await source.close()
}
