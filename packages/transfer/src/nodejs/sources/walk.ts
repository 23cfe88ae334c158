import { constants, type Dirent } from 'node:fs'
import { lstat, opendir, readlink, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { Entry } from '../../manifest/entry.ts'
import { numberedName } from '../../receiving/plan-file.ts'
import { isPathAllowed, pathNames } from '../../names/relative-path.ts'
import { TransferError } from '../../transfer-error.ts'
import { osCode, readFailure } from '../os-failure.ts'

/** Facts of files that are asked for at the same time. */
const PARALLEL = 32
/** Files with several names that are remembered. */
const MAX_INODES = 100_000

/** Bytes of another program, sent as one file. */
export interface StreamSource {
  /** The name of the file at the receiver: no slash, no zero byte, and neither `.` nor `..`. */
  readonly name: string
  readonly bytes: AsyncIterable<Uint8Array>
}

/** The files and folders that were chosen, by their names at the receiver. */
export class Sources {
  readonly #roots = new Map<string, string | StreamSource>()

  /** @throws TransferError `TRANSFER_INVALID_ARGUMENT` for a path that does not exist, and for the name of a stream that is none. */
  static async open(chosen: readonly (string | StreamSource)[]): Promise<Sources> {
    const sources = new Sources()
    for (const source of chosen) {
      if (typeof source === 'string') await checkPath(source)
      else checkName(source.name)
      sources.#add(source)
    }
    return sources
  }

  /** The entries in the order in which they are found. Folders come before their content. */
  async *entries(): AsyncGenerator<Entry> {
    const seen = new Set<string>()
    for (const [name, source] of this.#roots) {
      if (typeof source !== 'string') {
        yield { type: 'file', path: name, permissions: 0o644, size: undefined, mtimeMs: 0 }
        continue
      }
      yield* await entryOf(source, name, seen, true)
      yield* walkFolder(source, name, seen, true)
    }
  }

  /** Where the bytes of an entry are: a path, or the stream. Only a chosen path may be a link. */
  locate(path: string): { readonly source: string | StreamSource; readonly isChosen: boolean } {
    const cut = path.indexOf('/')
    const root = this.#roots.get(cut < 0 ? path : path.slice(0, cut)) ?? ''
    if (cut < 0 || typeof root !== 'string') return { source: root, isChosen: true }
    return { source: join(root, path.slice(cut + 1)), isChosen: false }
  }

  #add(source: string | StreamSource): void {
    const wanted = typeof source === 'string' ? basename(resolve(source)) || 'root' : source.name
    let name = wanted
    for (let n = 2; this.#roots.has(name); n++) name = numberedName(wanted, n)
    this.#roots.set(name, typeof source === 'string' ? resolve(source) : source)
  }
}

/** The receiver would end the transfer for such a name, as if the sender did not follow the protocol. */
function checkName(name: string): void {
  try {
    if (pathNames(name).length === 1 && isPathAllowed(name)) return
  } catch {
    // Nor is it a path of several names.
  }
  throw new TransferError('TRANSFER_INVALID_ARGUMENT', `${JSON.stringify(name)} is not the name of a file`)
}

async function checkPath(path: string): Promise<void> {
  try {
    await stat(path)
  } catch (error) {
    const why = osCode(error) === 'ENOENT' ? 'does not exist' : readFailure(error).detail
    throw new TransferError('TRANSFER_INVALID_ARGUMENT', `${path}: ${why}`, { cause: error })
  }
}

async function* walkFolder(
  folder: string,
  path: string,
  seen: Set<string>,
  isChosen = false,
): AsyncGenerator<Entry> {
  const facts = await (isChosen ? stat(folder) : lstat(folder)).catch(() => undefined)
  if (facts?.isDirectory() !== true) return
  try {
    let batch: Dirent[] = []
    for await (const item of await opendir(folder, { bufferSize: 256 })) {
      batch.push(item)
      if (batch.length < PARALLEL) continue
      yield* walkBatch(folder, path, batch, seen)
      batch = []
    }
    yield* walkBatch(folder, path, batch, seen)
  } catch (error) {
    if (error instanceof TransferError) throw error
    yield { type: 'note', path, ...readFailure(error) }
  }
}

async function* walkBatch(
  folder: string,
  path: string,
  batch: readonly Dirent[],
  seen: Set<string>,
): AsyncGenerator<Entry> {
  const found = await Promise.all(
    batch.map(async ({ name }): Promise<Entry[]> => {
      if (isPathAllowed(`${path}/${name}`)) return entryOf(join(folder, name), `${path}/${name}`, seen, false)
      return [{ type: 'note', path, reason: 'name', detail: `the path is too long: ${name}` }]
    }),
  )
  for (const entries of found) {
    yield* entries
    const [first] = entries
    if (first?.type === 'directory') yield* walkFolder(join(folder, lastPart(first.path)), first.path, seen)
  }
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

async function entryOf(file: string, path: string, seen: Set<string>, follow: boolean): Promise<Entry[]> {
  // The bytes of a name that are not UTF-8 were replaced by this character when it was read.
  if (path.includes('\ufffd'))
    return [{ type: 'note', path, reason: 'name', detail: 'the name is not UTF-8' }]
  try {
    const facts = await (follow ? stat(file) : lstat(file))
    const permissions = facts.mode & 0o777
    if (facts.isDirectory()) return [{ type: 'directory', path, permissions }]
    if (facts.isSymbolicLink()) return [{ type: 'link', path, target: await readlink(file) }]
    if (!facts.isFile()) return [{ type: 'note', path, reason: 'special', detail: kindOf(facts.mode) }]
    const entry: Entry = {
      type: 'file',
      path,
      permissions,
      size: facts.size,
      mtimeMs: Math.trunc(facts.mtimeMs),
    }
    const inode = `${facts.dev}:${facts.ino}`
    if (facts.nlink < 2 || seen.size >= MAX_INODES) return [entry]
    const isSecond = seen.has(inode)
    seen.add(inode)
    const detail = 'another name of a file that is sent, too'
    return isSecond ? [entry, { type: 'note', path, reason: 'hard-link', detail }] : [entry]
  } catch (error) {
    return [{ type: 'note', path, ...readFailure(error) }]
  }
}

function kindOf(mode: number): string {
  switch (mode & constants.S_IFMT) {
    case constants.S_IFBLK:
      return 'a block device'
    case constants.S_IFCHR:
      return 'a character device'
    case constants.S_IFIFO:
      return 'a named pipe'
    default:
      return 'a socket'
  }
}
