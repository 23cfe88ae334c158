/** `npm start [-- ARGS]`: installs and builds what is missing, then is the `p2pd` command. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, buildAdvice, commandFolder } from './setup/build.mjs'
import { install, installAdvice } from './setup/install.mjs'
import { nodeVersionProblem } from './setup/node-version.mjs'
import { withProgress } from './setup/progress.mjs'
import { CommandError, endCommandsOnSignal } from './setup/run-command.mjs'
import { root } from './setup/workspace.mjs'

/**
 * Runs a step on standard error: standard output belongs to the command.
 *
 * @param {string} title
 * @param {string} advice
 * @param {() => Promise<void>} work
 */
async function step(title, advice, work) {
  try {
    await withProgress(process.stderr, `p2pd: ${title}`, work)
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    process.stderr.write(`${error.output}\n\np2pd: ${title} failed: ${error.message}\np2pd: ${advice}\n`)
    process.exit(1)
  }
}

const problem = nodeVersionProblem(process.versions.node)
if (problem) {
  process.stderr.write(`p2pd: ${problem}\n`)
  process.exit(1)
}

endCommandsOnSignal()
await step('installing dependencies', installAdvice, install)
await step('building', buildAdvice, () => build('command'))
process.removeAllListeners('SIGINT').removeAllListeners('SIGTERM')

// In this very process: signals, standard streams and exit status need no passing on.
const command = join(root, commandFolder, 'dist', 'bin.js')
const args = process.argv.slice(2)
process.argv = [process.execPath, command, ...(args.length > 0 ? args : ['demo'])]
await import(pathToFileURL(command).href)
