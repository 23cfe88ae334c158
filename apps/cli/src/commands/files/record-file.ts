import { systemReason } from '@p2pd/netif'
import { makeFolders, readAtMost } from '@p2pd/netif/node'
import { rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pid } from 'node:process'
import { CliError } from '../../cli-error.ts'

/** The JSON of a file that this command keeps; undefined for none, and for half of one. Fails with `CLI_FILE`. */
export async function readRecord(file: string, maxBytes: number): Promise<unknown> {
  const bytes = await readAtMost(file, maxBytes).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined
    throw new CliError('CLI_FILE', `${file} can't be read: ${systemReason(cause)}`, { cause })
  })
  try {
    return bytes && JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}

/** Replaces such a file at once, for its owner alone. */
export async function writeRecord(file: string, record: unknown): Promise<void> {
  makeFolders(dirname(file), 0o700)
  const part = `${file}.${pid}`
  await writeFile(part, JSON.stringify(record), { mode: 0o600 })
  await rename(part, file)
}
