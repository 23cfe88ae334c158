/** Why: pnpm says from the lockfile what an installation of each package brings; our checks read that list. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publishedPackages } from '../published/tarballs.ts'
import { runWithPnpm } from '../setup/install.mjs'

/** A package in a bill of materials, CycloneDX 1.6, as far as it is read here. */
export interface Component {
  readonly 'bom-ref': string
  /** A scope, with its `@`. */
  readonly group?: string
  readonly name: string
  readonly version: string
  readonly licenses?: readonly { readonly license?: { readonly id?: string }; readonly expression?: string }[]
  readonly externalReferences?: readonly { readonly hashes?: readonly object[] }[]
}

/** The bill of materials of one package: all that npm installs with it, packages of the workspace too. */
export interface Bill {
  readonly metadata: { readonly component: Component }
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[]
}

/** `@p2pd/stun` of the group `@p2pd` and the name `stun`. */
export const fullName = ({ group, name }: Pick<Component, 'group' | 'name'>) =>
  group === undefined ? name : `${group}/${name}`

/** The bills of all packages that are published, by name. */
export async function billsOfMaterials(): Promise<Map<string, Bill>> {
  const folder = mkdtempSync(join(tmpdir(), 'p2pd-bills-'))
  try {
    const filters = publishedPackages().flatMap(({ name }) => ['--filter', name])
    const format = ['--sbom-format', 'cyclonedx', '--sbom-spec-version', '1.6']
    const out = ['--split', '--out', join(folder, '%s.json')]
    await runWithPnpm('pnpm', [...filters, 'sbom', '--prod', ...format, ...out])
    const files = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'))
    const bills = files.map((text) => JSON.parse(text) as Bill)
    return new Map(bills.map((bill) => [fullName(bill.metadata.component), bill]))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
