/**
 * `pnpm make:sbom` builds the packages and writes `docs/sbom.cdx.json`: all code of others that the published packages install or
 * contain. `pnpm check:sbom` fails when the file is out of date, or when a licence is not on the list of allowed ones.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from './setup/build.mjs'
import { packageFolders, readManifest, root } from './setup/workspace.mjs'
import { allowedLicences, bundledPackages, isAllowed } from './supply/licences.ts'
import { type Shipped, shippedPackages } from './supply/lockfile.ts'
import { type Component, componentKey, sbom } from './supply/sbom.ts'

const FILE = 'docs/sbom.cdx.json'
const STORE = join(root, 'node_modules', '.pnpm')

/** The folders of pnpm's store, once. */
const stored = readdirSync(STORE)

/** The licence in the manifest of an installed package. */
function licenceOf({ name, version }: Pick<Shipped, 'name' | 'version'>): string | undefined {
  const start = `${name.replace('/', '+')}@${version}`
  const folder = stored.find(
    (one) => one === start || one.startsWith(`${start}_`) || one.startsWith(`${start}(`),
  )
  if (folder === undefined) return undefined
  const manifest = readFileSync(join(STORE, folder, 'node_modules', name, 'package.json'), 'utf8')
  return (JSON.parse(manifest) as { readonly license?: string }).license
}

function components(): Component[] {
  const folders = packageFolders().filter((folder) => !readManifest(folder).private)
  const shipped = shippedPackages(readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8'), folders)
  const found = new Map<string, Component>()
  for (const [key, one] of shipped) {
    // Most of these are not installed here. Each is a part of the package that lists it, with its licence.
    const owner = one.isForOneSystem
      ? [...shipped.values()].find(({ brings }) => brings.includes(key))
      : undefined
    found.set(key, { ...one, licence: licenceOf(owner ?? one) ?? 'unknown', isBundled: false })
  }
  for (const folder of folders) {
    for (const file of ['dist/LICENCES.txt', 'dist/page/LICENCES.txt'].map((path) =>
      join(root, folder, path),
    )) {
      if (!existsSync(file)) continue
      for (const one of bundledPackages(readFileSync(file, 'utf8'))) {
        const bundled = { ...one, integrity: undefined, isBundled: true, isForOneSystem: false, brings: [] }
        if (!found.has(componentKey(one))) found.set(componentKey(one), bundled)
      }
    }
  }
  const keys = [...found.keys()].sort()
  return keys.flatMap((key) => found.get(key) ?? [])
}

await build('everything')
const parts = components()
const { name, version } = readManifest('packages/p2pd') as { name: string; version: string }
const text = sbom({ name, version }, parts)
const faults = parts
  .filter(({ licence }) => !isAllowed(licence))
  .map(
    (one) => `${componentKey(one)} has the licence ${one.licence}: allowed are ${allowedLicences.join(', ')}`,
  )
if (process.argv.includes('--check')) {
  const old = existsSync(join(root, FILE)) ? readFileSync(join(root, FILE), 'utf8') : ''
  if (old !== text) faults.push(`${FILE} is out of date: run \`pnpm make:sbom\` and review the difference`)
} else {
  writeFileSync(join(root, FILE), text)
  console.log(
    `${FILE}: ${parts.length} packages, ${parts.filter(({ isBundled }) => isBundled).length} in bundles`,
  )
}
for (const fault of faults) console.log(fault)
if (faults.length > 0) process.exitCode = 1
