/** Why: one list says what `npm test` does, and in which order. */
import { join } from 'node:path'
import { build, buildAdvice } from '../setup/build.mjs'
import { installDebianPackages } from '../setup/debian-packages.mjs'
import { install, installAdvice } from '../setup/install.mjs'
import { runCommand } from '../setup/run-command.mjs'
import { root } from '../setup/workspace.mjs'
import { runJest } from './run-jest.mjs'

/** @typedef {import('./run-steps.mjs').Step} Step */

/** No check takes a tenth of this; a step that hangs must not keep the others from being run. */
const checkTimeoutMs = 5 * 60_000

/** As above, for the check of what is published, which installs every package. */
const publishedTimeoutMs = 8 * 60_000

const tool = (/** @type {string} */ name) => join(root, 'node_modules', '.bin', name)

/**
 * Runs a tool of the workspace.
 *
 * @param {string} name
 * @param {readonly string[]} args
 */
async function runTool(name, ...args) {
  await runCommand(tool(name), args, { timeoutMs: checkTimeoutMs, background: true })
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
 * Everything that has to hold. Tests that measure times come first to the processor, and the checks take what they leave.
 *
 * @returns {(Step | Step[][])[]}
 */
export function everything() {
  return [
    { title: 'Debian packages', run: installDebianPackages },
    dependencies,
    [[testsOf('real')], checks()],
    testsOf('virtual'),
    { title: 'published', needs: ['build'], live: true, run: checkPublished },
  ]
}

/**
 * @param {'real' | 'virtual'} group
 * @returns {Step}
 */
function testsOf(group) {
  return { title: `${group} tests`, needs, live: true, run: () => runJest(['--selectProjects', group]) }
}

/**
 * The steps that measure nothing.
 *
 * @returns {Step[]}
 */
function checks() {
  return [
    { title: 'layers', needs, run: () => runTool('tsx', 'scripts/check-layers.ts') },
    {
      title: 'format',
      needs,
      run: () => runTool('biome', 'format', '.', '--reporter=summary'),
      advice: 'node_modules/.bin/biome format --write .',
    },
    { title: 'lint', needs, run: () => runTool('oxlint', '--type-aware', '--format=unix') },
    { title: 'build', needs, run: () => build('everything', { background: true }), advice: buildAdvice },
    { title: 'types', needs, run: () => runTool('tsc') },
    { title: 'documentation', needs, run: () => runTool('typedoc', '--emit', 'none') },
  ]
}

async function checkPublished() {
  const onOutput = (/** @type {Buffer} */ chunk) => process.stdout.write(chunk)
  const options = { timeoutMs: publishedTimeoutMs, onOutput }
  await runCommand(tool('tsx'), ['scripts/check-published.ts'], options)
}
