/**
 * `pnpm check:budgets` builds the packages and holds each one against its budget; `--print` shows the figures.
 * It needs no installation. `pnpm check:published` weighs the installation of `p2pd`.
 */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { overBudget } from './published/budgets.ts'
import { publishedPackages, type SourceManifest } from './published/tarballs.ts'
import { build } from './setup/build.mjs'
import { runCommand } from './setup/run-command.mjs'
import { root } from './setup/workspace.mjs'
import { billsOfMaterials } from './supply/bills.ts'

/** The debugger sees each file that is loaded, modules and CommonJS alike. */
const COUNT = `
const { Session } = require('node:inspector')
const session = new Session()
const files = new Set()
session.connect()
session.on('Debugger.scriptParsed', ({ params: { url } }) => { if (/[\\\\/](dist|node_modules)[\\\\/]/.test(url)) files.add(url) })
session.post('Debugger.enable')
import(process.argv[1]).then(() => { console.log(files.size); process.exit() })`

function kilobytesOf(folder: string): number {
  const dist = join(root, folder, 'dist')
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter(
    (path) => !path.startsWith('.'),
  )
  const sizes = files
    .map((path) => statSync(join(dist, path)))
    .map((stats) => (stats.isFile() ? stats.size : 0))
  return Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / 1000)
}

async function modulesOf(folder: string, { publishConfig }: SourceManifest): Promise<number> {
  const entry = publishConfig?.exports?.['.']?.['default']
  if (entry === undefined) return 0
  const url = pathToFileURL(join(root, folder, entry)).href
  return Number(await runCommand(process.execPath, ['-e', COUNT, url], { env: { NODE_OPTIONS: '' } }))
}

await build('everything')
const bills = await billsOfMaterials()
for (const { name, folder, manifest } of publishedPackages()) {
  const figures = {
    kilobytes: kilobytesOf(folder),
    modules: await modulesOf(folder, manifest),
    dependencies: bills.get(name)?.components.length ?? Number.POSITIVE_INFINITY,
  }
  if (process.argv.includes('--print')) console.log(`  '${name}': ${JSON.stringify(figures)},`)
  for (const finding of overBudget(name, figures)) {
    console.log(finding)
    process.exitCode = 1
  }
}
