/** Why: only an installation in an empty folder shows what users get. */
import { build } from 'esbuild'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { importedPackages } from '../layers/imported-packages.ts'
import { runCommand } from '../setup/run-command.mjs'
import { root } from '../setup/workspace.mjs'
import type { Tarball } from './tarballs.ts'

/** A folder outside the workspace, where a package is installed as its users install it. */
export interface Consumer {
  readonly folder: string
  /** The package's examples. */
  readonly examples: readonly { readonly title: string; readonly file: string }[]
  /** Programs of the package's `test/published/`, with the servers that they need and the package does not publish. */
  readonly programs: readonly { readonly title: string; readonly file: string }[]
}

/**
 * Installs a package into an empty folder with plain npm, and puts its examples there.
 *
 * The folder's manifest names the package and what its examples import. Other packages of the workspace
 * come in as dependencies of these alone; `overrides` says that they are to be had as tarballs.
 */
export async function installConsumer(
  tarball: Tarball,
  tarballs: readonly Tarball[],
  folder: string,
): Promise<Consumer> {
  mkdirSync(folder, { recursive: true })
  const sources = exampleFiles(tarball)
  const imported = new Set([tarball.name, ...sources.flatMap(({ text }) => importedPackages(text))])
  const spec = Object.fromEntries(tarballs.map(({ name, file }) => [name, `file:${file}`]))
  const isDirect = ([name]: [string, string]) => imported.has(name)
  const manifest = {
    private: true,
    type: 'module',
    dependencies: Object.fromEntries(Object.entries(spec).filter(isDirect)),
    overrides: Object.fromEntries(Object.entries(spec).filter((entry) => !isDirect(entry))),
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2))
  await runCommand('npm', ['install', '--ignore-scripts', '--no-package-lock'], { cwd: folder })

  const examples = sources.map(({ title, text }) => {
    const file = join(folder, basename(title))
    writeFileSync(file, text)
    return { title, file }
  })
  return { folder, examples, programs: await bundlePrograms(tarball, folder) }
}

/** Bundles the sources beside a program; packages are those of the folder. */
async function bundlePrograms(tarball: Tarball, folder: string): Promise<Consumer['programs']> {
  const sources = join(root, tarball.folder, 'test', 'published')
  if (!existsSync(sources)) return []
  const names = readdirSync(sources).map((name) => basename(name, '.ts'))
  await build({
    entryPoints: names.map((name) => join(sources, `${name}.ts`)),
    outdir: folder,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'warning',
  })
  return names.map((name) => ({ title: `test/published/${name}.ts`, file: join(folder, `${name}.js`) }))
}

function exampleFiles({ folder }: Tarball): { title: string; text: string }[] {
  const examples = join(root, folder, 'examples')
  if (!existsSync(examples)) return []
  return readdirSync(examples)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => ({ title: `examples/${name}`, text: readFileSync(join(examples, name), 'utf8') }))
}
