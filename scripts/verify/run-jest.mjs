/** Why: `npm test` needs what jest does not give: totals of an ended run, and reasons for skipped tests. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommandError, runCommand } from '../setup/run-command.mjs'
import { root } from '../setup/workspace.mjs'
import { totalsVariable } from './jest-reporter.mjs'
import { describeFailed, describeSkipped, jestProblem, noTotals } from './totals.mjs'

/** Three times what all tests take on two cores: most of it in real kernels, which takes as long everywhere. */
const timeoutMs = 25 * 60_000

/**
 * The arguments of jest for those of somebody, in which what follows a `--` is a pattern. An option that takes a list takes
 * every word after it, up to the next option: here that one is `--ci`.
 *
 * @param {readonly string[]} args
 */
export function jestArguments(args) {
  const reporter = join(root, 'scripts', 'verify', 'jest-reporter.mjs')
  const projects = args.includes('--selectProjects') ? [] : ['--ignoreProjects=grouped']
  return [...projects, '--reporters=default', `--reporters=${reporter}`, '--ci', ...args]
}

/**
 * Runs jest, shows what it writes as it comes, a whole line at a time, and counts.
 *
 * @param {readonly string[]} args
 * @param {{ background?: boolean }} [options] whether it leaves the processor to others
 * @returns {Promise<import('./run-steps.mjs').Outcome>}
 */
export async function runJest(args, options = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'p2pd-jest-'))
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', removeFolder) // Also when a signal ends the run.
  const file = join(folder, 'totals.json')
  // Tests allocate much that dies young: with room for it they take a seventh less time.
  const nodeArgs = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    '--max-semi-space-size=64',
  ]
  const jest = [...nodeArgs, 'node_modules/jest/bin/jest.js', ...jestArguments(args)]
  const env = { [totalsVariable]: file }
  let output = ''
  let shown = 0
  const show = (/** @type {number} */ end) => {
    process.stdout.write(output.slice(shown, end))
    shown = end
  }
  const onOutput = (/** @type {Buffer} */ chunk) => {
    output += chunk.toString()
    show(Math.max(shown, output.lastIndexOf('\n') + 1))
  }
  const failure = (/** @type {unknown} */ error) => {
    if (error instanceof CommandError) return error.message
    throw error
  }
  const run = runCommand(process.execPath, jest, { ...options, env, timeoutMs, onOutput })
  const why = await run.then(() => undefined, failure)
  show(output.length)
  /** @type {import('./totals.mjs').JestTotals | undefined} */
  const totals = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
  removeFolder()
  for (const line of describeSkipped(totals?.skippedTests ?? [])) console.log(line)
  const problem = jestProblem({ why, output, totals })
  const counted = totals ?? noTotals()
  const failedTests = describeFailed(totals?.failedTests ?? [])
  if (problem === undefined) return { totals: counted, failedTests }
  return { totals: { ...counted, failed: counted.failed + 1 }, failed: `jest: ${problem}`, failedTests }
}
