import { build } from 'esbuild'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installConsumer, supplyOfTarballs } from '../../../../scripts/published/consumer.ts'
import { packAll } from '../../../../scripts/published/tarballs.ts'
import { weigh, type Weight } from '../../../../scripts/published/weight.ts'
import { build as buildWorkspace } from '../../../../scripts/setup/build.mjs'
import { runCommand } from '../../../../scripts/setup/run-command.mjs'
import type { System, SystemName } from './systems.ts'

const PROGRAMS = fileURLToPath(new URL('programs/', import.meta.url))

/** One of the compared systems, installed in its own folder. */
export interface Installed {
  readonly weight: Weight
  /** Of the package that a program imports. */
  readonly version: string
  /** The JavaScript file of a program. */
  readonly programFile: (name: string) => string
}

/** The systems of a run, installed. */
export type Installation = Readonly<Partial<Record<SystemName, Installed>>>

/** Installs a system: p2pd from this workspace into `work`, another from npm into the cache, where it stays. */
export async function install(system: System, work: string): Promise<Installed> {
  const isOurs = system.name === 'p2pd'
  const folder = isOurs ? join(work, 'p2pd') : join(cacheFolder(), keyOf(system))
  await (isOurs ? installOurs(work, folder) : installTheirs(system, folder))
  await bundlePrograms([system.program, ...system.servers], folder)
  const version = isOurs ? 'this one' : (system.packages[system.entry] ?? '')
  return { weight: weigh(folder), version, programFile: (name) => join(folder, `${name}.js`) }
}

function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'p2pd', 'bench-peers')
}

/** Other versions get another folder. */
function keyOf({ name, packages }: System): string {
  return `${name}-${createHash('sha256').update(JSON.stringify(packages)).digest('hex').slice(0, 12)}`
}

async function installOurs(work: string, folder: string): Promise<void> {
  await buildWorkspace('everything')
  const tarballs = await packAll(join(work, 'tarballs'))
  const tarball = tarballs.find(({ name }) => name === 'p2pd')
  if (tarball === undefined) throw new Error('p2pd was not packed')
  await installConsumer(tarball, supplyOfTarballs(tarballs), folder)
}

async function installTheirs({ packages }: System, folder: string): Promise<void> {
  const lock = join(folder, 'package-lock.json')
  if (existsSync(lock)) return
  await rm(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const manifest = { private: true, type: 'module', dependencies: packages }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2))
  // No script of a package runs: native parts come as packages of the platform. They run on a newer Node.js than npm here.
  await runCommand('npm', ['install', '--ignore-scripts', '--engine-strict=false'], { cwd: folder })
}

/** The programs find the system's modules, because they are beside them. */
async function bundlePrograms(names: readonly string[], folder: string): Promise<void> {
  await build({
    entryPoints: names.map((name) => join(PROGRAMS, `${name}.ts`)),
    outdir: folder,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node22',
    logLevel: 'warning',
  })
}
