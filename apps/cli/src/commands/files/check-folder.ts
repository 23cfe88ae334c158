import { systemReason } from '@p2pd/netif'
import { mkdtemp, rmdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CliError } from '../../cli-error.ts'

/**
 * Checks, before anybody is called or asked, that files can be stored below a folder; it may still have to be made. Fails with
 * `CLI_FILE`.
 */
export async function checkFolder(folder: string): Promise<void> {
  const existing = await firstExisting(folder)
  try {
    if (!(await stat(existing)).isDirectory()) throw new Error(`${existing} is not a folder`)
    // Permissions do not tell: root may write everywhere, and yet /proc takes nothing.
    await rmdir(await mkdtemp(join(existing, '.p2pd-check-')))
  } catch (cause) {
    throw new CliError('CLI_FILE', `nothing can be stored in ${folder}: ${systemReason(cause)}`, { cause })
  }
}

/** The folder itself, or the nearest one above it that is there. */
async function firstExisting(folder: string): Promise<string> {
  const isThere = await stat(folder).then(
    () => true,
    ({ code }: NodeJS.ErrnoException) => code !== 'ENOENT',
  )
  return isThere || dirname(folder) === folder ? folder : firstExisting(dirname(folder))
}
