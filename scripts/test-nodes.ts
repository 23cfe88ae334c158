/**
 * `pnpm test:nodes [PATH...]`: runs tests by their path under every supported line of Node.js. Without arguments it
 * runs the punching tests, those through real kernels among them. npx fetches the versions once.
 */
import { spawnSync } from 'node:child_process'
import { argv } from 'node:process'
import { nodeLines } from './published/node-versions.ts'
import { root } from './setup/workspace.mjs'

const DEFAULT_TESTS = ['packages/punch', 'packages/lab/test/punch/kernel', 'packages/lab/test/punch/second']
const JEST = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
]

const tests = argv.length > 2 ? argv.slice(2) : DEFAULT_TESTS
for (const version of nodeLines) {
  console.log(`\nNode ${version}: ${tests.join(' ')}`)
  const command = ['--yes', `node@${version}`, ...JEST, ...tests]
  const { status } = spawnSync('npx', command, { cwd: root, stdio: 'inherit' })
  console.log(`Node ${version}: ${status === 0 ? 'passed' : 'FAILED'}`)
  if (status !== 0) process.exitCode = 1
}
