/**
 * `node ../../scripts/setup/bundle.mjs [NAME=SOURCE...]`, run in the folder of a package: writes the JavaScript that
 * is published. Each entry of the manifest becomes one file, and so does each program that the package starts by path.
 */
import { build } from 'esbuild'
import { readFileSync, writeFileSync } from 'node:fs'
import { argv } from 'node:process'
import { bundleEntries, madeList } from './bundle-entries.mjs'
import { removeStale } from './remove-stale.mjs'

const { metafile } = await build({
  entryPoints: bundleEntries(JSON.parse(readFileSync('package.json', 'utf8')), argv.slice(2)),
  outdir: 'dist',
  // Shared and deferred modules lie in `dist` itself: paths that are relative to a module start there.
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  metafile: true,
  logLevel: 'warning',
})
const made = Object.keys(metafile.outputs).map((path) => path.replace(/^dist\//, ''))
writeFileSync(`dist/${madeList}`, JSON.stringify(made))
removeStale('.')
