import { configDirectory } from '@p2pd/node/node'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Context } from '../../context.ts'
import { readRecord, writeRecord } from './record-file.ts'

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
  return checked(await readRecord(fileOf(context, peer), MAX_LENGTH))
}

/** Remembers the failed files of the last transfer to a peer, and forgets those before. */
export async function saveFailed(context: Context, peer: string, record: FailedFiles): Promise<void> {
  const file = fileOf(context, peer)
  if (record.failed.length === 0) return rm(file, { force: true })
  await writeRecord(file, record)
}

function fileOf({ env }: Context, peer: string): string {
  return join(configDirectory(env), 'failed-files', `${peer}.json`)
}

function checked(value: unknown): FailedFiles | undefined {
  const { chosen, failed } = (value ?? {}) as Partial<Record<keyof FailedFiles, unknown>>
  return areTexts(chosen) && areTexts(failed) ? { chosen, failed } : undefined
}

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}
