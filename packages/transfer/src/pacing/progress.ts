/** How far a transfer is. */
export interface Progress {
  readonly files: number
  readonly totalFiles: number
  readonly bytes: number
  /** `undefined` while the size of some file is not known. */
  readonly totalBytes: number | undefined
  /** The rate since the last progress. */
  readonly bytesPerSecond: number
}

/** At most two a second. */
const INTERVAL_MS = 500

/** Counts files and bytes, and says when to show them. */
export class ProgressMeter {
  readonly #total: Pick<Progress, 'totalFiles' | 'totalBytes'>
  #files = 0
  #bytes = 0
  #moved = 0
  #shownAt: number
  #shownMoved = 0

  constructor(total: Pick<Progress, 'totalFiles' | 'totalBytes'>, now: number) {
    this.#total = total
    this.#shownAt = now
  }

  /** Bytes that were moved. */
  addBytes(count: number): void {
    this.#bytes += count
    this.#moved += count
  }

  /** Bytes that need not be moved. */
  skipBytes(count: number): void {
    this.#bytes += count
  }

  addFile(): void {
    this.#files++
  }

  /** The progress when it is due, or at once at the end. */
  take(now: number, isEnd = false): Progress | undefined {
    const elapsedMs = now - this.#shownAt
    if (elapsedMs < INTERVAL_MS && !isEnd) return undefined
    const bytesPerSecond = elapsedMs > 0 ? ((this.#moved - this.#shownMoved) * 1000) / elapsedMs : 0
    this.#shownAt = now
    this.#shownMoved = this.#moved
    return {
      files: this.#files,
      bytes: this.#bytes,
      ...this.#total,
      bytesPerSecond: Math.round(bytesPerSecond),
    }
  }
}
