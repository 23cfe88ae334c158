/**
 * `pnpm check:budgets` builds the packages and holds each one against its budget; `--print` shows the figures.
 * It needs no installation. `pnpm check:published` weighs the installation of `p2pd`.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Figures, overBudget } from './published/budgets.ts'
import type { SourceManifest } from './published/tarballs.ts'
import { build } from './setup/build.mjs'
import { runCommand } from './setup/run-command.mjs'
import { packageFolders, readManifest, root } from './setup/workspace.mjs'
import { shippedPackages } from './supply/lockfile.ts'

/** The debugger sees each file that is loaded, modules and CommonJS alike. */
const COUNT = `
const { Session } = require('node:inspector')
const session = new Session()
const files = new Set()
session.connect()
session.on('Debugger.scriptParsed', ({ params: { url } }) => { if (/[\\\\/](dist|node_modules)[\\\\/]/.test(url)) files.add(url) })
session.post('Debugger.enable')
import(process.argv[1]).then(() => { console.log(files.size); process.exit() })`

const manifests = new Map(
  packageFolders().map((folder) => [folder, readManifest(folder) as SourceManifest] as const),
)
const folderOf = new Map([...manifests].map(([folder, { name }]) => [name, folder]))
const lockfile = readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')

/** The folders of a package and of those of the workspace that it brings. */
function closure(folder: string): Set<string> {
  const found = new Set([folder])
  // A set that grows in the loop is walked to its end.
  for (const one of found) {
    const { dependencies, optionalDependencies } = manifests.get(one) ?? {}
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const other = folderOf.get(name)
      if (other !== undefined) found.add(other)
    }
  }
  return found
}

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

async function figuresOf(folder: string, manifest: SourceManifest): Promise<Figures> {
  const folders = closure(folder)
  const others = [...shippedPackages(lockfile, [...folders]).values()].filter(
    ({ isForOneSystem }) => !isForOneSystem,
  )
  return {
    kilobytes: kilobytesOf(folder),
    modules: await modulesOf(folder, manifest),
    dependencies: folders.size - 1 + others.length,
  }
}

await build('everything')
for (const [folder, manifest] of manifests) {
  if (manifest.private) continue
  const figures = await figuresOf(folder, manifest)
  if (process.argv.includes('--print')) console.log(`  '${manifest.name}': ${JSON.stringify(figures)},`)
  for (const finding of overBudget(manifest.name, figures)) {
    console.log(finding)
    process.exitCode = 1
  }
}
