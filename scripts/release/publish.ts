/** Why: a trial and a release upload the same files by the same command. */
import { CommandError, runCommand } from '../setup/run-command.mjs'
import type { Tarball } from '../published/tarballs.ts'

/** How packages are published. */
export interface PublishOptions {
  readonly tag: string
  /** A signed statement where the files were built. Only a CI service that npm trusts can make one. */
  readonly provenance: boolean
  readonly env?: NodeJS.ProcessEnv
}

/**
 * Publishes each package whose version is not there yet, so that a release that was cut off can be run again.
 * `p2pd` comes last: its dependencies are there when the first user asks for it.
 */
export async function publishAll(tarballs: readonly Tarball[], options: PublishOptions): Promise<string[]> {
  const { tag, provenance, env = {} } = options
  const published: string[] = []
  const isLast = ({ name }: Tarball) => (name === 'p2pd' ? 1 : 0)
  for (const tarball of tarballs.toSorted((one, other) => isLast(one) - isLast(other))) {
    const version = tarball.manifest.version ?? ''
    if (await isPublished(tarball.name, version, env)) continue
    const flags = ['--access', 'public', '--tag', tag, ...(provenance ? ['--provenance'] : [])]
    await runCommand('npm', ['publish', tarball.file, ...flags], { env })
    published.push(`${tarball.name}@${version}`)
  }
  return published
}

async function isPublished(name: string, version: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  try {
    const found = await runCommand('npm', ['view', `${name}@${version}`, 'version', '--prefer-online'], {
      env,
    })
    return found.trim() !== ''
  } catch (error) {
    if (error instanceof CommandError && error.output.includes('E404')) return false
    throw error
  }
}
