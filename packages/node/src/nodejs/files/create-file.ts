import { randomBytes } from 'node:crypto'
import { chmod, link, open, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Read and write for the owner, nothing for anyone else. */
const OWNER_ONLY = 0o600
const OWNER_ONLY_FOLDER = 0o700
const OTHERS = 0o077
/** Answers of file systems without hard links: FAT, some network file systems, the storage of Android. */
const NO_HARD_LINKS = ['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL']

/**
 * Creates a file that only its owner can read; false when it is there already. The text is written under another name and
 * linked into place, so that a reader never sees half a file. Where the file system has no hard links the file itself is
 * created, and a reader may have to wait for its end.
 */
export async function createFile(file: string, text: string): Promise<boolean> {
  // It comes with all of the network, which a program that only reads such a file does without.
  const { makeFolders } = await import('@p2pd/netif/node')
  makeFolders(dirname(file), OWNER_ONLY_FOLDER)
  const unfinished = `${file}.${randomBytes(6).toString('hex')}`
  try {
    await write(unfinished, text)
    await link(unfinished, file).catch((error: NodeJS.ErrnoException) => {
      if (NO_HARD_LINKS.includes(error.code ?? '')) return write(file, text)
      throw error
    })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await unlink(unfinished).catch(() => {}) // It is not there when it could not be made.
  }
}

async function write(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', OWNER_ONLY)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await restrict(file)
}

/** Leaves a file to its owner. Fails where the file system has one mode for all files, and others can read them. */
export async function restrict(file: string): Promise<void> {
  const refused = await chmod(file, OWNER_ONLY).catch((error: Error) => error)
  if (refused === undefined || process.platform === 'win32') return
  const { mode } = await stat(file)
  if ((mode & OTHERS) === 0) return
  const remedy = 'keep it on another one, or mount this one with umask=077'
  throw new Error(`its file system lets others read every file: ${remedy}`, { cause: refused })
}
