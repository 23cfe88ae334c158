/**
 * Why: a fresh machine has npm alone; the workspace needs one version of pnpm, found without npx's two seconds.
 * `node scripts/setup/install.mjs` installs the packages of the lockfile and does nothing else.
 */
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCommand } from './run-command.mjs'
import { readManifest, root } from './workspace.mjs'

/** A slow line fetches 250 MB in this time. */
const timeoutMs = 15 * 60_000

/** pnpm lies in `node_modules`, so that a user who removes that folder starts afresh. */
const pnpmFolder = 'node_modules/.p2pd'

/** The pnpm that the root manifest asks for: `pnpm@12.21.0`. */
const pnpmSpec = () => /** @type {string} */ (readManifest('.').packageManager)

function pnpmIsThere() {
  if (!existsSync(join(root, pnpmFolder, 'node_modules', 'pnpm', 'package.json'))) return false
  const { name, version } = readManifest(`${pnpmFolder}/node_modules/pnpm`)
  return `${name}@${version}` === pnpmSpec()
}

/**
 * Runs a command that finds pnpm, in the version that the workspace asks for, on its path.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('./run-command.mjs').CommandOptions} [how]
 */
export async function runWithPnpm(command, args, how = {}) {
  const options = ['--prefix', join(root, pnpmFolder), '--no-save', '--no-package-lock']
  if (!pnpmIsThere()) await runCommand('npm', ['install', ...options, pnpmSpec()], { timeoutMs })
  const bin = join(root, pnpmFolder, 'node_modules', '.bin')
  const env = { ...how.env, PATH: `${bin}${delimiter}${process.env['PATH']}` }
  return runCommand(command, args, { timeoutMs, ...how, env })
}

/** The lockfile that was installed is the one of the workspace: pnpm writes a copy when it is done. */
function isInstalled() {
  const copy = join(root, 'node_modules', '.pnpm', 'lock.yaml')
  return existsSync(copy) && readFileSync(copy).equals(readFileSync(join(root, 'pnpm-lock.yaml')))
}

/** Printed when `install` fails. */
export const installAdvice =
  'Is the registry reachable (`npm ping`)? After a change to a package.json, or after a merge, bring the lockfile ' +
  `up to date: npx ${pnpmSpec()} install`

/** Installs the packages of the lockfile, unless they are there; from pnpm's store when they are in it. */
export async function install() {
  if (!isInstalled()) await runWithPnpm('pnpm', ['install', '--frozen-lockfile', '--prefer-offline'])
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await install()
