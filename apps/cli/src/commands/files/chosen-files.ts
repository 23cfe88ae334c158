import { systemReason } from '@p2pd/netif'
import { peerOf } from '@p2pd/node'
import type { StreamSource } from '@p2pd/transfer/node'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { CliError } from '../../cli-error.ts'
import type { Context } from '../../context.ts'
import { loadFailed, saveFailed } from './failed-files.ts'

/** The files and folders of one transfer. */
export interface ChosenFiles {
  readonly sources: readonly (string | StreamSource)[]
  /** The paths to send of these; all when it is missing. */
  readonly select?: (path: string) => boolean
}

/** The files and folders of a command line; `-` is standard input, under a name. */
export function filesOf(context: Context, files: readonly string[], nameOfStdin: string): ChosenFiles {
  const { stdin } = files.includes('-') ? context : { stdin: undefined }
  const sources = files.map((file): string | StreamSource =>
    file === '-' ? { name: nameOfStdin, bytes: stdin as AsyncIterable<Uint8Array> } : file,
  )
  return { sources }
}

/**
 * The files that failed in the last transfer to a peer.
 *
 * @throws CliError `CLI_NONE_FAILED`, or `CLI_FILE` when the record of them can't be read.
 */
export async function failedFilesOf(context: Context, callee: string): Promise<ChosenFiles> {
  const record = await loadFailed(context, peerOf({ target: callee }))
  if (record === undefined)
    throw new CliError('CLI_NONE_FAILED', 'no file has failed in the last transfer to this peer')
  await checkFiles(record.chosen)
  const failed = new Set(record.failed)
  return { sources: record.chosen, select: (path) => failed.has(path) }
}

/** Remembers the files that failed, for `--retry-failed`. Standard input cannot be read again. */
export async function rememberFailed(
  context: Context,
  callee: string,
  { sources }: ChosenFiles,
  failed: readonly string[],
): Promise<void> {
  const chosen = sources.flatMap((source) => (typeof source === 'string' ? [resolve(source)] : []))
  if (chosen.length < sources.length) return
  await saveFailed(context, peerOf({ target: callee }), { chosen, failed }).catch((error: Error) =>
    context.output.error(`the files that failed cannot be remembered: ${systemReason(error)}`),
  )
}

/** A mistyped name, or something that cannot be sent, is reported before anybody is called. Fails with `CLI_FILE`. */
export async function checkFiles(files: readonly string[]): Promise<void> {
  for (const file of files) {
    if (file === '-') continue
    const facts = await stat(file).catch((cause: Error) => {
      throw new CliError('CLI_FILE', `${file} can't be read: ${systemReason(cause)}`, { cause })
    })
    if (!facts.isFile() && !facts.isDirectory())
      throw new CliError('CLI_FILE', `${file} is a pipe or a device: send - and feed it to standard input`)
  }
}
