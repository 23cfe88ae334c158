import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, buildAdvice } from '../setup/build.mjs'
import { installDebianPackages } from '../setup/debian-packages.mjs'
import { install, installAdvice } from '../setup/install.mjs'
import { CommandError, runCommand } from '../setup/run-command.mjs'
import { root } from '../setup/workspace.mjs'
import { totalsVariable } from './jest-reporter.mjs'
import { describeSkipped } from './totals.mjs'

/** @typedef {import('./run-steps.mjs').Step} Step */

/** No check takes a tenth of this; a step that hangs must not keep the others from being run. */
const checkTimeoutMs = 5 * 60_000

/** As above, for the check of what is published, which installs every package. */
const publishedTimeoutMs = 8 * 60_000

/** Twice what all tests together take on two cores, most of it in virtual and kernel networks. */
const jestTimeoutMs = 30 * 60_000

/**
 * Runs a tool of the workspace.
 *
 * @param {string} name
 * @param {readonly string[]} args
 */
async function runTool(name, ...args) {
  await runCommand(join(root, 'node_modules', '.bin', name), args, { timeoutMs: checkTimeoutMs })
}

/**
 * Runs jest, shows what it writes as it comes, and counts.
 *
 * @param {readonly string[]} args
 * @returns {Promise<import('./run-steps.mjs').Outcome>}
 */
async function runJest(args) {
  const folder = mkdtempSync(join(tmpdir(), 'p2pd-jest-'))
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', removeFolder) // Also when a signal ends the run.
  const file = join(folder, 'totals.json')
  const reporter = join(root, 'scripts', 'verify', 'jest-reporter.mjs')
  const nodeArgs = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning']
  const reporters = ['--reporters=default', `--reporters=${reporter}`]
  const jest = [...nodeArgs, 'node_modules/jest/bin/jest.js', ...args, ...reporters]
  const why = await runLive(process.execPath, jest, {
    env: { [totalsVariable]: file },
    timeoutMs: jestTimeoutMs,
  })
  const counted = existsSync(file)
  /** @type {import('./totals.mjs').JestTotals} */
  const totals = counted
    ? JSON.parse(readFileSync(file, 'utf8'))
    : { passed: 0, failed: 0, skipped: 0, skippedTests: [] }
  removeFolder()
  for (const line of describeSkipped(totals.skippedTests)) console.log(line)
  if (why === undefined || totals.failed > 0) return { totals }
  return { totals: { ...totals, failed: 1 }, failed: `jest: ${why}` }
}

/** @type {Step} */
const dependencies = { title: 'dependencies', run: install, advice: installAdvice }
const needs = [dependencies.title]

/**
 * Only the tests that `args` select.
 *
 * @param {readonly string[]} args
 * @returns {Step[]}
 */
export function selectedTests(args) {
  return [dependencies, { title: 'tests', needs, live: true, run: () => runJest(args) }]
}

/**
 * Everything that has to hold.
 *
 * @returns {Step[]}
 */
export function everything() {
  return [
    { title: 'Debian packages', run: installDebianPackages },
    dependencies,
    { title: 'layers', needs, run: () => runTool('tsx', 'scripts/check-layers.ts') },
    {
      title: 'format',
      needs,
      run: () => runTool('biome', 'format', '.', '--reporter=summary'),
      advice: 'node_modules/.bin/biome format --write .',
    },
    { title: 'lint', needs, run: () => runTool('oxlint', '--type-aware', '--format=unix') },
    { title: 'build', needs, run: () => build('everything'), advice: buildAdvice },
    { title: 'types', needs, run: () => runTool('tsc') },
    { title: 'documentation', needs, run: () => runTool('typedoc', '--emit', 'none') },
    { title: 'tests', needs, live: true, run: () => runJest([]) },
    { title: 'published', needs: ['build'], live: true, run: checkPublished },
  ]
}

/** @returns {Promise<import('./run-steps.mjs').Outcome>} */
async function checkPublished() {
  const why = await runLive(join(root, 'node_modules', '.bin', 'tsx'), ['scripts/check-published.ts'], {
    timeoutMs: publishedTimeoutMs,
  })
  return why === undefined ? {} : { failed: why }
}

/**
 * Runs a command, shows what it writes as it comes, and returns why it failed, if it did.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('../setup/run-command.mjs').CommandOptions} options
 * @returns {Promise<string | undefined>}
 */
async function runLive(command, args, options) {
  try {
    await runCommand(command, args, { ...options, onOutput: (chunk) => process.stdout.write(chunk) })
    return undefined
  } catch (error) {
    if (error instanceof CommandError) return error.message
    throw error
  }
}
