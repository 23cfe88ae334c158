import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Context } from '../../context.ts'
import { CliError } from '../../cli-error.ts'

/** Writes the one file that has arrived to standard output. */
export async function stdoutOf({ stdout, endStdout, interrupted }: Context, folder: string): Promise<void> {
  const found = await readdir(folder, { withFileTypes: true })
  const [file, ...others] = found.filter(({ name }) => name !== '.p2pd-part')
  if (file?.isFile() !== true || others.length > 0)
    throw new CliError(
      'CLI_STDOUT',
      'standard output takes one file; more than one, or a folder, has arrived',
    )
  await pipeline(createReadStream(join(folder, file.name)), stdout, { end: false, signal: interrupted })
  await endStdout?.()
}
