import { makeFolders } from '@p2pd/netif/node'
import { randomBytes } from 'node:crypto'
import { type FileHandle, link, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { restrict } from './files/create-file.ts'

/** Read and write for the owner, nothing for anyone else. */
const OWNER_ONLY = 0o600
const OWNER_ONLY_FOLDER = 0o700
/** About what it takes to read and write a small file. */
const RETRY_MS = 10
/** A writer is done within milliseconds: one that takes this long was killed and left its file behind. */
const ABANDONED_MS = 5000
/** Long enough to see that the other writer was killed. */
const PATIENCE_MS = 2 * ABANDONED_MS

/**
 * Replaces a file by what `change` makes of it, one writer at a time. The new text is written to `<file>.lock`, which
 * only one can make, and renamed. So no writer undoes what another did, and no reader sees half a file.
 */
export async function replaceFile(file: string, change: () => Promise<string>): Promise<void> {
  makeFolders(dirname(file), OWNER_ONLY_FOLDER)
  // A user who keeps settings elsewhere and links to them keeps the link.
  const target = await realpath(file).catch(() => file)
  const lock = `${target}.lock`
  const handle = await openAlone(lock)
  try {
    try {
      await handle.writeFile(await change())
      await handle.sync()
    } finally {
      await handle.close()
    }
    await restrict(lock)
    await rename(lock, target)
  } catch (error) {
    await rm(lock, { force: true })
    throw error
  }
}

async function openAlone(lock: string): Promise<FileHandle> {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    try {
      return await open(lock, 'wx', OWNER_ONLY)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    if (Date.now() > deadline) throw new Error(`another program keeps ${lock}: end it, or remove that file`)
    if (await isAbandoned(lock)) await removeAbandoned(lock)
    else await wait(RETRY_MS)
  }
}

async function isAbandoned(lock: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(lock)).mtimeMs > ABANDONED_MS
  } catch {
    return false // The other writer is done.
  }
}

/** Of several who saw the same abandoned lock one removes it; the others may catch the lock that came after. */
async function removeAbandoned(lock: string): Promise<void> {
  const aside = `${lock}.${randomBytes(6).toString('hex')}`
  try {
    await rename(lock, aside)
    // Without hard links a third writer's lock may be lost: it is seldom there at this moment.
    if (!(await isAbandoned(aside))) await link(aside, lock).catch(() => rename(aside, lock))
  } catch {
    // Another removed it first, and the next attempt to open the lock shows how things are.
  }
  await rm(aside, { force: true })
}
