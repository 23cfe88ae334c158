/** Why: the check tries the files that a release would upload, not the workspace. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runWithPnpm } from '../setup/install.mjs'
import { packageFolders, root } from '../setup/workspace.mjs'

/** A package as it will be published, and the folder it comes from. */
export interface Tarball {
  readonly name: string
  readonly folder: string
  readonly file: string
  readonly manifest: SourceManifest
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

/** Packs every package that is to be published into `destination`: those of this workspace, or of a copy. */
export async function packAll(destination: string, workspace: string = root): Promise<Tarball[]> {
  const filters = ['--filter', './packages/*', '--filter', './apps/*']
  const pack = ['--recursive', ...filters, 'pack', '--json', '--pack-destination', destination]
  const output = await runWithPnpm('pnpm', pack, { cwd: workspace })
  const packed = JSON.parse(output.slice(output.indexOf('['))) as Packed[]
  return packageFolders(workspace).flatMap((folder) => {
    const manifest = JSON.parse(
      readFileSync(join(workspace, folder, 'package.json'), 'utf8'),
    ) as SourceManifest
    const entry = packed.find(({ name }) => name === manifest.name)
    if (manifest.private || !entry) return []
    const contents = entry.files.map(({ path }) => path)
    return [{ name: manifest.name, folder, file: entry.filename, manifest, contents }]
  })
}
