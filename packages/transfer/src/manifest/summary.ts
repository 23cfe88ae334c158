import { isHidden } from '../names/relative-path.ts'
import type { Entry, NoteEntry } from './entry.ts'

/** Names that are listed, at most; the rest is counted. */
const MAX_LISTED = 1000

/** A manifest in short: what a receiver consents to. Names are the sender's, not escaped for a terminal. */
export interface Summary {
  readonly entries: number
  readonly files: number
  readonly directories: number
  readonly links: number
  /** Bytes of all files whose size is known. */
  readonly bytes: number
  /** Whether the size of some file is not known: standard input. */
  readonly hasUnknownSize: boolean
  /** The first names at the top. */
  readonly names: readonly string[]
  /** Files that file managers hide, the first 1,000 of `hiddenCount`. */
  readonly hidden: readonly string[]
  readonly hiddenCount: number
  /** Remarks of the sender, the first 1,000 of `noteCount`. */
  readonly notes: readonly NoteEntry[]
  readonly noteCount: number
}

/** Counts entries, in bounded memory. */
export class SummaryBuilder {
  readonly #counts = {
    entries: 0,
    files: 0,
    directories: 0,
    links: 0,
    bytes: 0,
    hiddenCount: 0,
    noteCount: 0,
  }
  readonly #names = new Set<string>()
  readonly #hidden: string[] = []
  readonly #notes: NoteEntry[] = []
  #hasUnknownSize = false

  add(entry: Entry): void {
    const counts = this.#counts
    counts.entries++
    if (this.#names.size < MAX_LISTED) this.#names.add(entry.path.split('/', 1)[0] ?? '')
    if (entry.type === 'note') {
      if (++counts.noteCount <= MAX_LISTED) this.#notes.push(entry)
      return
    }
    if (entry.type === 'file') {
      counts.files++
      counts.bytes += entry.size ?? 0
      if (entry.size === undefined) this.#hasUnknownSize = true
    } else if (entry.type === 'directory') counts.directories++
    else counts.links++
    if (isHidden(entry.path) && ++counts.hiddenCount <= MAX_LISTED) this.#hidden.push(entry.path)
  }

  get entries(): number {
    return this.#counts.entries
  }

  get summary(): Summary {
    const lists = { names: [...this.#names], hidden: [...this.#hidden], notes: [...this.#notes] }
    return { ...this.#counts, ...lists, hasUnknownSize: this.#hasUnknownSize }
  }
}
