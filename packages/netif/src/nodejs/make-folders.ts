import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder and those above it that are missing. Throws as `mkdir` does, with `ENOTDIR` or `EEXIST` where a file is in the way.
 *
 * `mkdir` of Node.js with `recursive` never ends where a file system takes no folder, as below `/proc`.
 */
export function makeFolders(folder: string, mode = 0o777): void {
  try {
    mkdirSync(folder, { mode })
  } catch (error) {
    const parent = dirname(folder)
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' && parent !== folder && !existsSync(parent)) {
      makeFolders(parent, mode)
      return makeFolders(folder, mode)
    }
    // Systems say EEXIST, EISDIR, EPERM or EROFS of a folder that is there.
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error
  }
}
