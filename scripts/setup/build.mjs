/** Why: `npm start` builds without being asked; turbo knows what has changed. */
import { join } from 'node:path'
import { runWithPnpm } from './install.mjs'
import { root } from './workspace.mjs'

/** Printed when `build` fails. */
export const buildAdvice = 'Mend the errors above, or undo the last change to the sources.'

/** The command that `npm start` runs. */
export const commandFolder = 'apps/cli'

/**
 * Builds what changed: everything, or the command with what it is made of.
 *
 * @param {'everything' | 'command'} what
 * @param {{ background?: boolean }} [how]
 */
export async function build(what, how = {}) {
  const filter = what === 'everything' ? [] : ['--filter', `./${commandFolder}...`]
  const turbo = join(root, 'node_modules', '.bin', 'turbo')
  await runWithPnpm(turbo, ['run', 'build', '--output-logs=errors-only', ...filter], how)
}
