/** Why: the check tries the files that a release would upload, not the workspace. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runWithPnpm } from '../setup/install.mjs'
import { packageFolders, root } from '../setup/workspace.mjs'

/** A package that is published, and the folder it comes from. */
export interface PublishedPackage {
  readonly name: string
  readonly folder: string
  readonly manifest: SourceManifest
}

/** A package as it will be uploaded. */
export interface Tarball extends PublishedPackage {
  readonly file: string
  /** Paths inside the tarball. */
  readonly contents: readonly string[]
}

/** The parts of a manifest that say what can be tried. */
export interface SourceManifest {
  readonly name: string
  readonly version?: string
  readonly private?: boolean
  readonly bin?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly publishConfig?: { readonly exports?: Readonly<Record<string, Readonly<Record<string, string>>>> }
}

interface Packed {
  readonly name: string
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

/** The packages of this workspace, or of a copy, that are published. */
export function publishedPackages(workspace: string = root): PublishedPackage[] {
  const all = packageFolders(workspace).map((folder) => {
    const text = readFileSync(join(workspace, folder, 'package.json'), 'utf8')
    const manifest = JSON.parse(text) as SourceManifest
    return { name: manifest.name, folder, manifest }
  })
  return all.filter(({ manifest }) => !manifest.private)
}

/** Packs every package that is published into `destination`. */
export async function packAll(destination: string): Promise<Tarball[]> {
  const filters = ['--filter', './packages/*', '--filter', './apps/*']
  const pack = ['--recursive', ...filters, 'pack', '--json', '--pack-destination', destination]
  const output = await runWithPnpm('pnpm', pack)
  const packed = JSON.parse(output.slice(output.indexOf('['))) as Packed[]
  return publishedPackages().flatMap((one) => {
    const entry = packed.find(({ name }) => name === one.name)
    return entry ? [{ ...one, file: entry.filename, contents: entry.files.map(({ path }) => path) }] : []
  })
}
