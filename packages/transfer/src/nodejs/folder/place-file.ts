import { linkSync, lstatSync, unlinkSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { lastName } from '../../names/relative-path.ts'
import { type ConflictPolicy, type FileFacts, numberedName } from '../../receiving/plan-file.ts'
import { osCode } from '../os-failure.ts'

/** Names that are tried for a file whose own name is taken. */
const MAX_NUMBER = 10_000

/** The facts about a name that nothing has. */
export const NOTHING: FileFacts['existing'] = { type: 'none', size: 0 }

/**
 * The file, folder or link that has a name now. A link is not followed. Names are looked up and made without
 * promises. Such a call takes microseconds, and its promise costs more. Small files need many of them.
 */
export async function existingAt(path: string): Promise<FileFacts['existing']> {
  try {
    const facts = lstatSync(path, { throwIfNoEntry: false })
    if (facts === undefined) return NOTHING
    const type = facts.isFile() ? 'file' : facts.isDirectory() ? 'directory' : 'other'
    return { type, size: facts.size }
  } catch (error) {
    if (osCode(error) === 'ENOTDIR') return NOTHING
    throw error
  }
}

/**
 * Moves a complete part to its name in one step, and returns the path that it has now.
 *
 * Only `overwrite` takes the place of another file. Otherwise a name that was taken in the meantime gives the part another one, or
 * leaves it out: `undefined`. Folders are never replaced.
 */
export async function placeFile(
  part: string,
  root: string,
  path: string,
  policy: ConflictPolicy | 'fresh',
): Promise<string | undefined> {
  if (policy === 'overwrite') {
    await rename(part, join(root, path))
    return path
  }
  if (policy !== 'rename' && (await placeNew(part, join(root, path)))) return path
  if (policy === 'skip') return undefined
  const name = lastName(path)
  const parent = path.slice(0, path.length - name.length)
  for (let number = 2; number < MAX_NUMBER; number++) {
    const other = parent + numberedName(name, number)
    if (await placeNew(part, join(root, other))) return other
  }
  const error: NodeJS.ErrnoException = new Error('EEXIST: every other name is taken, too')
  error.code = 'EEXIST'
  throw error
}

/** Moves a part to a name that is free; `false` when it is not. */
async function placeNew(part: string, target: string): Promise<boolean> {
  try {
    linkSync(part, target)
  } catch (error) {
    if (osCode(error) === 'EEXIST') return false
    if (!hasNoLinks.has(osCode(error))) throw error
    return placeWithoutLink(part, target)
  }
  unlinkSync(part)
  return true
}

/** A file system without hard links: an empty file holds the name until it is replaced. */
async function placeWithoutLink(part: string, target: string): Promise<boolean> {
  try {
    const holder = await open(target, 'wx', 0o600)
    await holder.close()
  } catch (error) {
    if (osCode(error) === 'EEXIST') return false
    throw error
  }
  await rename(part, target)
  return true
}

const hasNoLinks: ReadonlySet<string> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
  'EACCES',
])
