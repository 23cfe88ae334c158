import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileReason, EntryOutcome } from '../../frame/reasons.ts'
import type { DirectoryEntry, FileEntry, LinkEntry } from '../../manifest/entry.ts'
import { isLinkInside } from '../../names/link-target.ts'
import { PathMapper } from '../../names/path-mapper.ts'
import { type ConflictPolicy, FileStatus, planFile } from '../../receiving/plan-file.ts'
import { TransferError } from '../../transfer-error.ts'
import { Comparison } from './comparison.ts'
import type { EntrySpool } from '../entry-spool.ts'
import { Folders } from './folders.ts'
import { freeBytes, partBytes, type PartFolder } from './part-folder.ts'
import type { Part } from './part.ts'
import { PartFile } from './part-file.ts'
import { existingAt, NOTHING, placeFile } from './place-file.ts'
import { HeldBytes, SMALL_LENGTH, SmallPart } from './small-part.ts'

/** Decides about one name that another file has. Called with the path on disk, relative to the folder. */
export type DecideConflict = (path: string) => ConflictPolicy | Promise<ConflictPolicy>

/** How a folder takes files. */
export interface StoreOptions {
  readonly conflict: ConflictPolicy | DecideConflict
  readonly portableNames: boolean
}

/** A file that is on its way. */
export interface Incoming {
  readonly index: number
  readonly entry: FileEntry
  /** Where it is going to be, relative to the folder. */
  readonly path: string
  policy: ConflictPolicy | 'fresh'
  part: Part | undefined
  comparison: Comparison | undefined
}

/** The decision about one announced file. */
export type Plan =
  | { readonly type: 'left'; readonly outcome: EntryOutcome }
  | { readonly type: 'failed'; readonly reason: FileReason; readonly detail: string }
  | { readonly type: 'wanted'; readonly file: Incoming }

/** The receiving folder on disk. Every path was mapped, and no link on the way to it is followed. */
export class FileStore {
  readonly #root: string
  readonly #parts: PartFolder
  readonly #options: StoreOptions
  readonly #umask: number
  readonly #folders: Folders
  readonly #mapper: PathMapper
  readonly #held = new HeldBytes()

  constructor(root: string, parts: PartFolder, umask: number, options: StoreOptions) {
    this.#root = root
    this.#parts = parts
    this.#options = options
    this.#umask = umask
    this.#folders = new Folders(root)
    this.#mapper = new PathMapper({ portable: options.portableNames })
  }

  /** @throws TransferError `TRANSFER_NO_SPACE` when the disk has less space than the missing bytes need. */
  async checkSpace(spool: EntrySpool): Promise<void> {
    const free = await freeBytes(this.#root)
    let needed = 0
    for await (const [index, entry] of spool.entries())
      if (entry.type === 'file' && this.#parts.status(index) === 0) needed += entry.size ?? 0
    if (needed > free) needed -= await this.#presentBytes(spool)
    if (needed <= free) return
    const detail = `${needed} bytes are needed, ${free} are free`
    throw new TransferError('TRANSFER_NO_SPACE', detail)
  }

  async makeFolder({ path, permissions }: DirectoryEntry): Promise<void> {
    await this.#folders.make(this.#mapper.map(path).path, permissions)
  }

  /** Keeps the name of a link, which is made when all files are in their places. */
  reserve({ path }: LinkEntry): void {
    this.#mapper.map(path)
  }

  async plan(index: number, entry: FileEntry): Promise<Plan> {
    const { path, isNew } = this.#mapper.map(entry.path)
    if (!isNew) return { type: 'failed', reason: 'duplicate', detail: 'the path was announced before' }
    const isFree = this.#folders.hasFreshParent(path)
    const existing = isFree ? NOTHING : await existingAt(join(this.#root, path))
    const plan = planFile({ size: entry.size, existing, status: this.#parts.status(index) })
    const file: Incoming = { index, entry, path, policy: 'fresh', part: undefined, comparison: undefined }
    switch (plan.type) {
      case 'leave':
        return { type: 'left', outcome: plan.outcome }
      case 'fail':
        return { ...plan, type: 'failed' }
      case 'compare':
        file.comparison = await Comparison.open(join(this.#root, path), existing.size)
        return { type: 'wanted', file }
      case 'conflict':
        return this.decide(file)
      case 'fetch':
        return this.#fetch(file)
    }
  }

  /** Another content has the name: the policy of the receiver decides. */
  async decide(file: Incoming): Promise<Plan> {
    const { conflict } = this.#options
    file.policy = typeof conflict === 'string' ? conflict : await conflict(file.path)
    if (file.policy !== 'skip') return this.#fetch(file)
    await this.#parts.setStatus(file.index, FileStatus.Skipped)
    return { type: 'left', outcome: 'skipped' }
  }

  /** Puts a complete file in its place; returns what it has become and the path it has now. */
  async complete(file: Incoming): Promise<readonly [outcome: EntryOutcome, path: string]> {
    const { part, entry, index } = file
    if (part === undefined) return ['same', file.path]
    await part.complete(entry, this.#umask)
    await this.#folders.makeParents(file.path)
    const path = await placeFile(part.path, this.#root, file.path, file.policy)
    await (path === undefined ? part.remove() : part.forget())
    file.part = undefined
    const isInPlace = path === file.path
    const status =
      path === undefined ? FileStatus.Skipped : isInPlace ? FileStatus.InPlace : FileStatus.Renamed
    await this.#parts.setStatus(index, status)
    if (path === undefined) return ['skipped', file.path]
    return [isInPlace ? (file.policy === 'overwrite' ? 'overwritten' : 'stored') : 'renamed', path]
  }

  /** Makes a link, if it points inside; otherwise a failure. */
  async makeLink({ path, target }: LinkEntry): Promise<Plan & { type: 'left' | 'failed' }> {
    const { path: place } = this.#mapper.map(path)
    if (!isLinkInside(place, target))
      return { type: 'failed', reason: 'link-outside', detail: 'the link leads outside' }
    await this.#folders.makeParents(place)
    const existing = await existingAt(join(this.#root, place))
    if (existing.type === 'none') {
      await symlink(target, join(this.#root, place))
      return { type: 'left', outcome: 'stored' }
    }
    return { type: 'left', outcome: 'skipped' }
  }

  async close(isComplete: boolean): Promise<void> {
    await this.#parts.close(isComplete)
  }

  async #fetch(file: Incoming): Promise<Plan> {
    const { entry } = file
    const isSmall = entry.size !== undefined && entry.size <= SMALL_LENGTH
    file.part = isSmall
      ? new SmallPart(this.#parts.smallPartOf(file.index), this.#held)
      : await PartFile.open(this.#parts, entry)
    return { type: 'wanted', file }
  }

  /** Bytes that are there already: in parts, and in files of the same size. */
  async #presentBytes(spool: EntrySpool): Promise<number> {
    const mapper = new PathMapper({ portable: this.#options.portableNames })
    let present = 0
    for await (const [index, entry] of spool.entries()) {
      if (entry.type !== 'file') mapper.map(entry.path)
      else if (this.#parts.status(index) === 0) {
        const existing = await existingAt(join(this.#root, mapper.map(entry.path).path))
        const isThere = existing.type === 'file' && existing.size === entry.size
        present += isThere ? existing.size : await partBytes(this.#parts.partOf(entry.path))
      }
    }
    return present
  }
}
