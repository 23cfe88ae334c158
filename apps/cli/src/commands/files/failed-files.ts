import { systemReason } from '@p2pd/netif'
import { makeFolders, readAtMost } from '@p2pd/netif/node'
import { configDirectory } from '@p2pd/node/node'
import { rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pid } from 'node:process'
import { CliError } from '../../cli-error.ts'
import type { Context } from '../../context.ts'

/** A transfer that ended with failed files, so that these alone can be sent again. */
export interface FailedFiles {
  /** The chosen files and folders, as absolute paths. */
  readonly chosen: readonly string[]
  /** The paths of the failed files at the receiver. */
  readonly failed: readonly string[]
}

/** Bytes of a record, at most: 10,000 paths of a usual length. */
const MAX_LENGTH = 2 ** 22

/** The failed files of the last transfer to a peer; undefined when none has failed. Fails with `CLI_FILE`. */
export async function loadFailed(context: Context, peer: string): Promise<FailedFiles | undefined> {
  const file = fileOf(context, peer)
  const bytes = await readAtMost(file, MAX_LENGTH).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined
    throw new CliError('CLI_FILE', `${file} can't be read: ${systemReason(cause)}`, { cause })
  })
  try {
    return bytes && checked(JSON.parse(new TextDecoder().decode(bytes)))
  } catch {
    return undefined // Half a file, or one of another program.
  }
}

/** Remembers the failed files of the last transfer to a peer, and forgets those before. */
export async function saveFailed(context: Context, peer: string, record: FailedFiles): Promise<void> {
  const file = fileOf(context, peer)
  if (record.failed.length === 0) return rm(file, { force: true })
  makeFolders(dirname(file), 0o700)
  const part = `${file}.${pid}`
  await writeFile(part, JSON.stringify(record), { mode: 0o600 })
  await rename(part, file)
}

function fileOf({ env }: Context, peer: string): string {
  return join(configDirectory(env), 'failed-files', `${peer}.json`)
}

function checked(value: unknown): FailedFiles | undefined {
  const { chosen, failed } = value as Partial<FailedFiles>
  return areTexts(chosen) && areTexts(failed) ? { chosen, failed } : undefined
}

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}
