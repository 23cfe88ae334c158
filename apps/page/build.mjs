/**
 * `node build.mjs FOLDER`: writes the page into a folder: four files that the daemon serves as they are, and the licences of
 * the packages in them.
 */
import { build } from 'esbuild'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { licencesOf } from '../../scripts/setup/bundle-entries.mjs'

const source = fileURLToPath(new URL('./src/', import.meta.url))

/**
 * Builds the page into a folder.
 *
 * @param {string} folder
 */
export async function buildPage(folder) {
  mkdirSync(folder, { recursive: true })
  const { metafile } = await build({
    entryPoints: [join(source, 'page.tsx'), join(source, 'page.css')],
    outdir: folder,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['@p2pd/source'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    // A sourcemap would be fetched from the daemon, and is larger than the page.
    sourcemap: false,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  })
  for (const name of ['index.html', 'favicon.svg']) copyFileSync(join(source, name), join(folder, name))
  writeFileSync(join(folder, 'LICENCES.txt'), licencesOf(Object.keys(metafile.inputs)))
}

if (argv[1] === fileURLToPath(import.meta.url)) await buildPage(argv[2] ?? 'dist')
