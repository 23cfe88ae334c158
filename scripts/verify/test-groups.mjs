/** Why: a test that computes little spends most of its time on loading; files in one group load what they share once. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup/workspace.mjs'

/**
 * The folders of each group. None takes much longer than the others, or one core would be idle at the end.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const groups = {
  apps: ['apps', 'scripts'],
  codecs: ['packages/netif', 'packages/stun', 'packages/nat', 'packages/turn', 'packages/portmap'],
  connect: ['packages/lab/test/connect'],
  lab: [
    'bench',
    'src',
    'test/field',
    'test/gateways',
    'test/hosts',
    'test/kernel',
    'test/nat',
    'test/signalling',
    'test/virtual',
  ].map((folder) => `packages/lab/${folder}`),
  node: ['packages/node'],
  paths: ['packages/lab/test/relay', 'packages/lab/test/services', 'packages/lab/test/session'],
  pipes: ['packages/pipe', 'packages/punch', 'packages/session', 'packages/udx', 'packages/transfer'],
  punch: ['packages/lab/test/punch'],
  signalling: ['packages/signal-mqtt', 'packages/infra', 'packages/client', 'packages/p2pd'],
}

/** Files whose tests use real sockets, processes and kernels, and so real time. */
export const real = ['\\.integration\\.test\\.ts$', '/test/.*kernel.*\\.test\\.ts$']

const isReal = (/** @type {string} */ path) => real.some((pattern) => new RegExp(pattern).test(path))

/** Hooks outside a `describe` would hold for the whole group. */
const hooks = /^(afterEach|beforeEach|afterAll|beforeAll)\(/m

/**
 * The test files in folders of the workspace that need no real time, by whether they share a process with others.
 *
 * @param {readonly string[]} folders
 */
export function virtualTests(folders) {
  const files = folders.flatMap((folder) => testsIn(folder)).filter((path) => !isReal(path))
  const isAlone = (/** @type {string} */ path) => hooks.test(readFileSync(join(root, path), 'utf8'))
  return { grouped: files.filter((path) => !isAlone(path)), alone: files.filter(isAlone) }
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function testsIn(folder) {
  const entries = readdirSync(join(root, folder), { withFileTypes: true })
  return entries
    .filter(({ name }) => name !== 'node_modules' && name !== 'dist')
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory()) return testsIn(path)
      return path.endsWith('.test.ts') ? [path] : []
    })
}

/**
 * Registers the tests of a group's files, within the file that jest runs for it.
 *
 * @param {string} name
 */
export async function loadGroup(name) {
  for (const path of virtualTests(groups[name] ?? []).grouped) await import(join(root, path))
}
