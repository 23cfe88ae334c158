import { lstat, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { osCode } from '../os-failure.ts'

/** Folders whose kind is remembered. */
const MAX_KNOWN = 10_000

/** The folders below the receiving one. Each is a real folder: links are not followed. */
export class Folders {
  readonly #root: string
  readonly #known = new Set<string>()
  /** Those of them that were not there before. */
  readonly #fresh = new Set<string>()

  constructor(root: string) {
    this.#root = root
  }

  /** Makes the folder at a relative path, and those above it. Rejects with `ENOTDIR` where a link or file is in the way. */
  async make(path: string, permissions = 0o777): Promise<void> {
    if (path === '' || this.#known.has(path)) return
    const cut = path.lastIndexOf('/')
    await this.make(cut < 0 ? '' : path.slice(0, cut))
    const folder = join(this.#root, path)
    // The owner can always write, so that the content of the folder can be stored.
    const isFresh = await mkdir(folder, permissions | 0o700).then(
      () => true,
      (error: unknown) => {
        if (osCode(error) !== 'EEXIST') throw error
        return false
      },
    )
    await checkFolder(folder)
    if (this.#known.size >= MAX_KNOWN) {
      this.#known.clear()
      this.#fresh.clear()
    }
    this.#known.add(path)
    if (isFresh) this.#fresh.add(path)
  }

  /** Whether this transfer has made the folder above a path, so that nothing older can be there. */
  hasFreshParent(path: string): boolean {
    const cut = path.lastIndexOf('/')
    return cut > 0 && this.#fresh.has(path.slice(0, cut))
  }

  /** Makes the folders above a relative path. */
  async makeParents(path: string): Promise<void> {
    const cut = path.lastIndexOf('/')
    if (cut > 0) await this.make(path.slice(0, cut))
  }
}

/** Rejects with `ENOTDIR` for everything that is not a real folder: links, too. */
export async function checkFolder(folder: string): Promise<void> {
  if ((await lstat(folder)).isDirectory()) return
  const error: NodeJS.ErrnoException = new Error('ENOTDIR: a link or a file is in the way')
  error.code = 'ENOTDIR'
  throw error
}
