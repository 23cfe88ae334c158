import type { Clock } from '@p2pd/netif'
import type { ReceiveEvent, TransferResult } from '../events.ts'
import { countsAsFailed, type FileReason, type EntryOutcome } from '../frame/reasons.ts'
import { CHUNK_LENGTH } from '../frame/frame.ts'
import type { NoteEntry } from '../manifest/entry.ts'
import type { Summary } from '../manifest/summary.ts'
import { ProgressMeter } from '../pacing/progress.ts'
import type { Incoming } from './folder/file-store.ts'

/** Counts the files of one transfer at the receiver, and reports them to the program. */
export class ReceiveReport {
  readonly #clock: Clock
  readonly #onEvent: (event: ReceiveEvent) => void
  readonly #counts = { stored: 0, failed: 0, movedBytes: 0 }
  #meter: ProgressMeter | undefined

  constructor(clock: Clock, onEvent: ((event: ReceiveEvent) => void) | undefined) {
    this.#clock = clock
    this.#onEvent = onEvent ?? (() => {})
  }

  get result(): TransferResult {
    return { ...this.#counts }
  }

  offered(summary: Summary): void {
    this.#onEvent({ type: 'offer', summary })
  }

  accepted({ files, bytes, hasUnknownSize }: Summary): void {
    const totalBytes = hasUnknownSize ? undefined : bytes
    this.#meter = new ProgressMeter({ totalFiles: files, totalBytes }, this.#clock.now())
    this.#onEvent({ type: 'accepted' })
  }

  note(entry: NoteEntry): void {
    if (countsAsFailed(entry.reason)) this.#counts.failed++
    this.#onEvent(entry)
  }

  /** A file was asked for; some of it may be there. */
  wanted({ entry, part }: Incoming): void {
    const bytes = (part?.chunks ?? 0) * CHUNK_LENGTH
    this.#meter?.skipBytes(Math.min(bytes, entry.size ?? 0))
    if (bytes > 0) this.#onEvent({ type: 'resumed', path: entry.path, bytes })
    if (part?.isRestarted === true) this.#onEvent({ type: 'restarted', path: entry.path })
  }

  /** A file need not be sent. */
  left(bytes: number): void {
    this.#meter?.skipBytes(bytes)
  }

  stored(path: string, outcome: EntryOutcome, storedAs: string): void {
    if (outcome !== 'skipped') this.#counts.stored++
    this.#meter?.addFile()
    this.#onEvent({ type: 'file', path, outcome, ...(storedAs === path ? {} : { storedAs }) })
  }

  linked(path: string, outcome: EntryOutcome): void {
    this.#onEvent({ type: 'file', path, outcome })
  }

  failed(path: string, reason: FileReason, detail: string): void {
    this.#counts.failed++
    this.#onEvent({ type: 'file-failed', path, reason, detail })
  }

  moved(bytes: number): void {
    this.#counts.movedBytes += bytes
    this.#meter?.addBytes(bytes)
    this.#show(false)
  }

  finished(): void {
    this.#show(true)
  }

  #show(isEnd: boolean): void {
    const progress = this.#meter?.take(this.#clock.now(), isEnd)
    if (progress !== undefined) this.#onEvent({ type: 'progress', progress })
  }
}
