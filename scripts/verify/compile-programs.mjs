/** Why: a program that a test starts from its sources takes 1 s of CPU until its first line; compiled, it takes 0.2 s. */
import { build as bundle } from 'esbuild'
import { chmodSync, copyFileSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../setup/workspace.mjs'

/** The environment variable with the folder of the compiled programs. `programFile` of `@p2pd/netif/testing` reads it. */
export const programsVariable = 'P2PD_TEST_PROGRAMS'

/** The programs, by name. Those of the command lie as they do in its package, since they find each other by their place. */
const programs = {
  bin: 'apps/cli/src/bin.ts',
  callee: 'apps/cli/src/commands/demo/callee.ts',
  'agent/agent': 'packages/lab/src/kernel/agent/agent.ts',
  call: 'packages/lab/test/kernel/fixtures/call.ts',
  'hold-lab': 'packages/lab/test/kernel/fixtures/hold-lab.ts',
  'nic-program': 'packages/netif/src/nodejs/sockets/testdata/nic-program.ts',
  'client-program': 'packages/portmap/test/client-program.ts',
  'punching-process': 'packages/punch/test/punching-process.ts',
  'transfer-program': 'packages/transfer/src/testdata/transfer-program.ts',
}

/** Packages from elsewhere stay where they are, and are imported by their place: the folder of the programs has none. */
const outside = {
  name: 'outside',
  setup(/** @type {import('esbuild').PluginBuild} */ build) {
    build.onResolve({ filter: /^[^./]/ }, async ({ path, kind, resolveDir, pluginData }) => {
      const isOurs = path.startsWith('@p2pd/') || path.startsWith('node:') || kind === 'entry-point'
      if (isOurs || pluginData === outside) return undefined
      const { path: file } = await build.resolve(path, { kind, resolveDir, pluginData: outside })
      return { path: file === '' ? path : file, external: true }
    })
  },
}

/** Compiles the programs that tests start as processes; jest calls it before the tests. */
export default async function compilePrograms() {
  if (process.env[programsVariable] !== undefined) return // Another project of this run has compiled them.
  const folder = mkdtempSync(join(tmpdir(), 'p2pd-programs-'))
  chmodSync(folder, 0o755) // One test runs a program as another user.
  process.env[programsVariable] = join(folder, 'dist')
  copyFileSync(join(root, 'apps/cli/package.json'), join(folder, 'package.json'))
  await bundle({
    absWorkingDir: root,
    entryPoints: Object.entries(programs).map(([out, source]) => ({ in: source, out })),
    outdir: join(folder, 'dist'),
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    conditions: ['@p2pd/source'],
    plugins: [outside],
    logLevel: 'warning',
  })
}
