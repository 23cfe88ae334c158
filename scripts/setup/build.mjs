/** Why: `npm start` builds without being asked, and only what has changed. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { buildFingerprint, stamp } from './fingerprint.mjs'
import { runPnpm } from './install.mjs'
import { removeStale } from './remove-stale.mjs'
import { packageFolders, root } from './workspace.mjs'

/** The slowest machine that was tried built everything in 60 s. */
const timeoutMs = 10 * 60_000

/** Printed when `build` fails. */
export const buildAdvice = 'Mend the errors above, or undo the last change to the sources.'

/** The command that `npm start` runs. */
export const commandFolder = 'apps/cli'

/**
 * Builds what changed: everything, or the command with what it is made of.
 *
 * @param {'everything' | 'command'} what
 */
export async function build(what) {
  const folders = what === 'everything' ? packageFolders() : [commandFolder]
  const made = stamp(root, `build-${what}`)
  const inputs = buildFingerprint(root)
  if (made.is(inputs) && folders.every((folder) => existsSync(join(root, folder, 'dist')))) return
  const filter = what === 'everything' ? [] : ['--filter', `./${commandFolder}...`]
  await runPnpm(['exec', 'turbo', 'run', 'build', '--output-logs=errors-only', ...filter], { timeoutMs })
  for (const folder of folders) removeStale(join(root, folder))
  made.write(inputs)
}
