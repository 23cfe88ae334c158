/** Why: one list says what `npm test` does, and in which order. */
import { join } from 'node:path'
import { ignored } from '../../jest.config.mjs'
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
 * Everything that has to hold. Real tests come first to the processor; the checks and the virtual tests take what they leave.
 *
 * @returns {(Step | Step[][])[]}
 */
export function everything() {
  return [
    { title: 'Debian packages', run: installDebianPackages },
    dependencies,
    [[testsOf('real')], [testsOf('kernel'), testsOf('virtual')], checks()],
    { title: 'published', needs: ['build'], live: true, run: checkPublished },
  ]
}

/** Tests of `real` in kernel namespaces: they mostly wait, for boxes that drop packets. */
const kernels = '/test/.*kernel'

/**
 * The arguments by which jest selects the files of a group, and the options of its run.
 *
 * @type {Record<'real' | 'kernel' | 'virtual', [string[], { background?: boolean }]>}
 */
const groups = {
  real: [['--selectProjects', 'real', '--testPathIgnorePatterns', ...ignored, kernels], {}],
  kernel: [['--selectProjects', 'real', '--', kernels], {}],
  virtual: [['--selectProjects', 'grouped', '--testTimeout', '120000'], { background: true }],
}

/**
 * @param {keyof typeof groups} group
 * @returns {Step}
 */
function testsOf(group) {
  const [args, options] = groups[group]
  return { title: `${group} tests`, needs, live: true, run: () => runJest(args, options) }
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
    {
      title: 'API reports',
      needs: ['build'],
      run: () => runTool('tsx', 'scripts/api-reports.ts', '--check'),
      advice: 'pnpm api, then review the difference and add a changeset',
    },
    { title: 'budgets', needs: ['build'], run: () => runTool('tsx', 'scripts/check-budgets.ts') },
    {
      title: 'licences',
      needs: ['build'],
      run: () => runTool('tsx', 'scripts/sbom.ts', '--check'),
      advice: 'pnpm make:sbom, then review the difference',
    },
    { title: 'documentation', needs, run: () => runTool('typedoc', '--emit', 'none') },
  ]
}

async function checkPublished() {
  const onOutput = (/** @type {Buffer} */ chunk) => process.stdout.write(chunk)
  const options = { timeoutMs: publishedTimeoutMs, onOutput }
  await runCommand(tool('tsx'), ['scripts/check-published.ts'], options)
}
