/** Why: versions are written into manifests; in a copy, nothing has to be put back, whatever ends the command. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { publishedPackages } from '../published/tarballs.ts'
import { runWithPnpm } from '../setup/install.mjs'
import { runCommand } from '../setup/run-command.mjs'

/** The versions that the changesets ask for. */
export interface Versions {
  /** The version of the next release; undefined when no changeset waits. */
  readonly release: string | undefined
  /** The version that the copy has now: `0.0.0-next-20300102030405`. */
  readonly snapshot: string
}

/** Copies the work tree as it is, except what git ignores, into an empty folder, and installs it there. */
export async function copyWorkspace(folder: string): Promise<void> {
  // An index of its own: the one of the work tree keeps what is staged.
  const env = { GIT_INDEX_FILE: `${folder}.index` }
  await runCommand('git', ['add', '--all'], { env })
  await runCommand('git', ['checkout-index', '--all', `--prefix=${folder}/`], { env })
  const git = (...args: string[]) => runCommand('git', args, { cwd: folder })
  // Change logs name the commit of each changeset, so there has to be one.
  await git('init', '--quiet', '--initial-branch=main')
  await git('add', '--all')
  const author = ['-c', 'user.name=release', '-c', 'user.email=release@localhost']
  await git(...author, 'commit', '--quiet', '--no-verify', '--message', 'a copy')
  await runWithPnpm('pnpm', ['install', '--frozen-lockfile', '--prefer-offline'], { cwd: folder })
}

/** Gives the copy the versions of a snapshot, and says what a release would be called. */
export async function versionCopy(folder: string, tag: string): Promise<Versions> {
  const changeset = (...args: string[]) =>
    runWithPnpm(join(folder, 'node_modules', '.bin', 'changeset'), args, { cwd: folder })
  await changeset('status', '--output=.changeset/status.json')
  const status = JSON.parse(readFileSync(join(folder, '.changeset', 'status.json'), 'utf8')) as {
    readonly releases: readonly { readonly name: string; readonly newVersion: string }[]
  }
  await changeset('version', '--snapshot', tag)
  const { version } = JSON.parse(readFileSync(join(folder, 'packages/p2pd/package.json'), 'utf8')) as {
    readonly version: string
  }
  return { release: status.releases.find(({ name }) => name === 'p2pd')?.newVersion, snapshot: version }
}

/** Builds the packages of the copy. */
export async function buildCopy(folder: string): Promise<void> {
  const turbo = join(folder, 'node_modules', '.bin', 'turbo')
  await runWithPnpm(turbo, ['run', 'build', '--output-logs=errors-only'], { cwd: folder })
}

/**
 * Publishes the packages of the copy, `p2pd` and its like after what they depend on, by the command of `pnpm release:publish`.
 */
export async function publishCopy(folder: string, tag: string, env: NodeJS.ProcessEnv): Promise<void> {
  const publish = ['--recursive', 'publish', '--access', 'public', '--tag', tag, '--no-git-checks']
  await runWithPnpm('pnpm', publish, { cwd: folder, env })
}

/** The packages whose versions differ from `version`, with the version they have. */
export function oddVersions(folder: string, version: string): string[] {
  const odd = publishedPackages(folder).filter(({ manifest }) => manifest.version !== version)
  return odd.map(({ name, manifest }) => `${name} has version ${manifest.version}, not ${version}`)
}
