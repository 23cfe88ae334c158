/** Why: a fresh machine has npm alone; the workspace needs one version of pnpm. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { installFingerprint, stamp } from './fingerprint.mjs'
import { runCommand } from './run-command.mjs'
import { packageFolders, pnpmSpec, readManifest, root } from './workspace.mjs'

/** A slow line fetches 250 MB in this time. */
const timeoutMs = 15 * 60_000

/**
 * Runs pnpm, in the version the workspace asks for. npm keeps it in its own cache: nothing is installed
 * globally.
 *
 * @param {readonly string[]} args
 * @param {import('./run-command.mjs').CommandOptions} [options]
 */
export function runPnpm(args, options) {
  return runCommand('npx', ['--yes', pnpmSpec(), ...args], options)
}

/** @param {string} folder */
function hasDependencies(folder) {
  const { dependencies, devDependencies } = readManifest(folder)
  const needed = Object.keys({ ...dependencies, ...devDependencies })
  return needed.every((name) => existsSync(join(root, folder, 'node_modules', name)))
}

function installed() {
  return (
    existsSync(join(root, 'node_modules', '.pnpm')) &&
    packageFolders().every(hasDependencies) &&
    stamp(root, 'install').is(installFingerprint(root))
  )
}

/** Printed when `install` fails. */
export const installAdvice =
  'Is the registry reachable (`npm ping`)? After a change to a package.json, or after a merge, bring the lockfile ' +
  `up to date: npx ${pnpmSpec()} install`

/** Installs the packages of the lockfile, unless they are there; from pnpm's store when they are in it. */
export async function install() {
  if (installed()) return
  await runPnpm(['install', '--frozen-lockfile', '--prefer-offline'], { timeoutMs })
  stamp(root, 'install').write(installFingerprint(root))
}
