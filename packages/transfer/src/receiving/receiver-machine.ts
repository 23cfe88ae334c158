import { equalBytes } from '@p2pd/netif'
import { type Frame, CHUNK_LENGTH, VERSION } from '../frame/frame.ts'
import { malformed } from '../frame/byte-reader.ts'
import type { FileReason, StopReason } from '../frame/reasons.ts'
import { chunkCount, chunkLength, decodeEntries, type Entry, type FileEntry } from '../manifest/entry.ts'
import { type Summary, SummaryBuilder } from '../manifest/summary.ts'
import { TransferError } from '../transfer-error.ts'

/** Entries of one manifest, at most. */
export const MAX_ENTRIES = 20_000_000

/** A running SHA-256. FIPS 180-4. */
export interface Hash {
  update(bytes: Uint8Array): void
  digest(): Uint8Array
}

/** The next thing that a receiver does. */
export type ReceiverStep =
  | { readonly type: 'entries'; readonly bytes: Uint8Array; readonly entries: readonly Entry[] }
  | { readonly type: 'offer'; readonly summary: Summary; readonly root: Uint8Array }
  | {
      readonly type: 'chunk'
      readonly index: number
      readonly number: number
      readonly hash: Uint8Array
      readonly bytes: Uint8Array
    }
  | { readonly type: 'hash'; readonly index: number; readonly number: number; readonly hash: Uint8Array }
  | { readonly type: 'file-end'; readonly index: number }
  | {
      readonly type: 'file-failed'
      readonly index: number
      readonly reason: FileReason
      readonly detail: string
    }
  | { readonly type: 'finished' }
  | { readonly type: 'stopped'; readonly reason: StopReason; readonly detail: string }

/** A file that was asked for and has not ended. */
interface Outstanding {
  readonly size: number | undefined
  readonly hashesOnly: boolean
  next: number
  /** Whether a chunk of a stream was shorter than a chunk, so that no other follows. */
  isCut: boolean
}

/**
 * The receiver's half of the protocol: which frame may come when, and how long each chunk is.
 *
 * Manifest, consent, then files in the order in which they were asked for. It touches no disk. Throws
 * `TRANSFER_PROTOCOL` and `TRANSFER_MALFORMED`; the transfer is over then.
 */
export class ReceiverMachine {
  readonly #root: Hash
  readonly #summary = new SummaryBuilder()
  readonly #outstanding = new Map<number, Outstanding>()
  #state: 'hello' | 'manifest' | 'offered' | 'receiving' | 'over' = 'hello'
  #wantsEnded = false

  constructor(root: Hash) {
    this.#root = root
  }

  /** Files that were asked for and have not ended. */
  get outstanding(): number {
    return this.#outstanding.size
  }

  hello(): Frame {
    return { type: 'hello', version: VERSION }
  }

  accept(): Frame {
    if (this.#state !== 'offered') throw unexpected('accept', this.#state)
    this.#state = 'receiving'
    return { type: 'accept' }
  }

  /** Asks for a file from chunk `from` on, or for the hashes of all its chunks. */
  want(index: number, { size }: FileEntry, from: number, hashesOnly: boolean): Frame {
    this.#outstanding.set(index, { size, hashesOnly, next: from, isCut: false })
    return { type: 'want', index, from, hashesOnly }
  }

  wantsEnd(): Frame {
    this.#wantsEnded = true
    return { type: 'wants-end' }
  }

  receive(frame: Frame): ReceiverStep[] {
    if (frame.type === 'stop') {
      this.#state = 'over'
      return [{ type: 'stopped', reason: frame.reason, detail: frame.detail }]
    }
    switch (this.#state) {
      case 'hello':
        if (frame.type !== 'hello') throw unexpected(frame.type, this.#state)
        if (frame.version < 1) throw malformed(`version ${frame.version}`)
        this.#state = 'manifest'
        return []
      case 'manifest':
        return this.#receiveManifest(frame)
      case 'receiving':
        return this.#receiveData(frame)
      default:
        throw unexpected(frame.type, this.#state)
    }
  }

  #receiveManifest(frame: Frame): ReceiverStep[] {
    if (frame.type === 'entries') {
      const entries = decodeEntries(frame.bytes)
      for (const entry of entries) this.#summary.add(entry)
      this.#root.update(frame.bytes)
      if (this.#summary.entries > MAX_ENTRIES) throw malformed(`more than ${MAX_ENTRIES} entries`)
      return [{ type: 'entries', bytes: frame.bytes, entries }]
    }
    if (frame.type !== 'offer') throw unexpected(frame.type, this.#state)
    const { summary } = this.#summary
    const isWhole = frame.entries === summary.entries && frame.bytes === summary.bytes
    if (!isWhole || !equalBytes(frame.root, this.#root.digest())) throw malformed('the manifest is not whole')
    this.#state = 'offered'
    return [{ type: 'offer', summary, root: frame.root }]
  }

  #receiveData(frame: Frame): ReceiverStep[] {
    switch (frame.type) {
      case 'chunk':
        this.#takeChunk(frame.index, frame.number, frame.bytes.length)
        return [frame]
      case 'hash':
        this.#takeChunk(frame.index, frame.number, undefined)
        return [frame]
      case 'file-end': {
        const { next, size } = this.#wanted(frame.index)
        if (size !== undefined && next !== chunkCount(size))
          throw malformed(`a file that ends at chunk ${next}`)
        this.#outstanding.delete(frame.index)
        return [frame]
      }
      case 'file-failed':
        this.#wanted(frame.index)
        this.#outstanding.delete(frame.index)
        return [frame]
      case 'finish':
        if (!this.#wantsEnded || this.#outstanding.size > 0) throw unexpected('finish', this.#state)
        this.#state = 'over'
        return [{ type: 'finished' }]
      default:
        throw unexpected(frame.type, this.#state)
    }
  }

  /** Chunks come in order, each of its exact length; `undefined` stands for the hash of one. */
  #takeChunk(index: number, number: number, length: number | undefined): void {
    const file = this.#wanted(index)
    if (file.hashesOnly !== (length === undefined) || number !== file.next || file.isCut)
      throw malformed(`chunk ${number} of file ${index}, which is not due`)
    if (file.size === undefined) file.isCut = length !== CHUNK_LENGTH
    else if (number >= chunkCount(file.size))
      throw malformed(`chunk ${number} after the end of file ${index}`)
    else if (length !== undefined && length !== chunkLength(file.size, number))
      throw malformed(`chunk ${number} of file ${index} with ${length} bytes`)
    file.next++
  }

  #wanted(index: number): Outstanding {
    const file = this.#outstanding.get(index)
    if (file === undefined) throw malformed(`file ${index}, which was not asked for`)
    return file
  }
}

function unexpected(frame: string, state: string): TransferError {
  return new TransferError('TRANSFER_PROTOCOL', `the frame ${frame} in the state ${state}`)
}
