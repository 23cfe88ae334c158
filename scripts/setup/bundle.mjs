/**
 * `node ../../scripts/setup/bundle.mjs [NAME=SOURCE...]`, run in a package's folder: writes the JavaScript that is
 * published, one file for each entry of the manifest and one for each program that the package starts by its path.
 */
import { build } from 'esbuild'
import { readFileSync, writeFileSync } from 'node:fs'
import { argv } from 'node:process'
import { bundleEntries, madeList } from './bundle-entries.mjs'
import { removeStale } from './remove-stale.mjs'

const { metafile } = await build({
  entryPoints: bundleEntries(JSON.parse(readFileSync('package.json', 'utf8')), argv.slice(2)),
  outdir: 'dist',
  // What entries share, and what is loaded later, lies in `dist` itself: paths relative to a module start there.
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
