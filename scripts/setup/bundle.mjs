/**
 * `node ../../scripts/setup/bundle.mjs [--small] [NAME=SOURCE...]`, run in the folder of a package: writes the JavaScript that
 * is published. Each entry of the manifest becomes one file, and so does each program that the package starts by path.
 * Dependencies stay imports; a development dependency that the source imports becomes part of the bundle.
 * `--small` is for bundles that are libraries of others for the most part: nobody reads their lines.
 */
import { build } from 'esbuild'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { argv } from 'node:process'
import { bundleEntries, licencesOf, outsideOf, reachableTypes, staleFiles } from './bundle-entries.mjs'
import { deferredBuiltins } from './deferred-builtins.mjs'

const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
/** CommonJS in a bundle loads Node's own modules by `require`, which a module does not have. */
const REQUIRE =
  "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)\n"

const isSmall = argv.includes('--small')
const { metafile, outputFiles } = await build({
  entryPoints: bundleEntries(
    manifest,
    argv.slice(2).filter((one) => one !== '--small'),
  ),
  minifySyntax: isSmall,
  minifyWhitespace: isSmall,
  outdir: 'dist',
  // Shared and deferred modules lie in `dist` itself: paths that are relative to a module start there.
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  external: outsideOf(manifest),
  plugins: [deferredBuiltins],
  metafile: true,
  write: false,
  logLevel: 'warning',
})
for (const { path, text } of outputFiles) {
  const [shebang = '', ...code] = text.startsWith('#!') ? text.split(/^(.*\n)/).slice(1) : ['', text]
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, /var __require ?=/.test(text) ? shebang + REQUIRE + code.join('') : text)
}
const licences = licencesOf(Object.keys(metafile.inputs))
if (licences !== '') writeFileSync('dist/LICENCES.txt', licences)

const present = /** @type {string[]} */ (readdirSync('dist', { recursive: true }))
const bundled = outputFiles.map(({ path }) => relative('dist', path))
const reached = reachableTypes(manifest, (path) => readFileSync(join('dist', path), 'utf8'))
for (const path of staleFiles(present, bundled, reached)) rmSync(join('dist', path))
