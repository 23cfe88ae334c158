/** Why: only an installation in an empty folder shows what users get. */
import { build } from 'esbuild'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { importedPackages } from '../layers/imported-packages.ts'
import { runCommand } from '../setup/run-command.mjs'
import { root } from '../setup/workspace.mjs'
import type { PublishedPackage, Tarball } from './tarballs.ts'

/** A folder outside the workspace, where a package is installed as its users install it. */
export interface Consumer {
  readonly folder: string
  /** The package's examples. */
  readonly examples: readonly { readonly title: string; readonly file: string }[]
  /** Programs of the package's `test/published/`, with the servers that they need and the package does not publish. */
  readonly programs: readonly { readonly title: string; readonly file: string }[]
}

/** Where npm finds the packages of the workspace. */
export interface Supply {
  /** A file or a version for each package, as a manifest writes it. */
  readonly specs: Readonly<Record<string, string>>
  /** npm finds these packages in no registry, so a manifest names those that others depend on, too. */
  readonly isUnpublished: boolean
  /** Settings of npm. */
  readonly env: NodeJS.ProcessEnv
}

/** Packages as files. */
export function supplyOfTarballs(tarballs: readonly Tarball[]): Supply {
  const specs = Object.fromEntries(tarballs.map(({ name, file }) => [name, `file:${file}`]))
  return { specs, isUnpublished: true, env: {} }
}

/**
 * Installs a package into an empty folder with plain npm, and puts its examples there.
 *
 * The folder's manifest names the package and what its examples import. Other packages of the workspace
 * come in as dependencies of these alone; `overrides` says that they are to be had as tarballs.
 */
export async function installConsumer(
  tarball: PublishedPackage,
  supply: Supply,
  folder: string,
): Promise<Consumer> {
  mkdirSync(folder, { recursive: true })
  const sources = exampleFiles(tarball)
  const imported = new Set([tarball.name, ...sources.flatMap(({ text }) => importedPackages(text))])
  const isDirect = ([name]: [string, string]) => imported.has(name)
  const others = Object.entries(supply.specs).filter((entry) => !isDirect(entry))
  const manifest = {
    private: true,
    type: 'module',
    dependencies: Object.fromEntries(Object.entries(supply.specs).filter(isDirect)),
    overrides: supply.isUnpublished ? Object.fromEntries(others) : {},
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2))
  const install = ['install', '--ignore-scripts', '--no-package-lock']
  await runCommand('npm', install, { cwd: folder, env: supply.env })

  const examples = sources.map(({ title, text }) => {
    const file = join(folder, basename(title))
    writeFileSync(file, text)
    return { title, file }
  })
  return { folder, examples, programs: await bundlePrograms(tarball, folder) }
}

/** Bundles the sources beside a program; packages are those of the folder. */
async function bundlePrograms(tarball: PublishedPackage, folder: string): Promise<Consumer['programs']> {
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

function exampleFiles({ folder }: PublishedPackage): { title: string; text: string }[] {
  const examples = join(root, folder, 'examples')
  if (!existsSync(examples)) return []
  return readdirSync(examples)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => ({ title: `examples/${name}`, text: readFileSync(join(examples, name), 'utf8') }))
}
