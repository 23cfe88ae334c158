/**
 * `pnpm make:sbom` builds the packages and writes `docs/sbom.cdx.json`: all code of others that the published packages install or
 * contain. `pnpm check:sbom` fails when the file is out of date, or when a licence is not on the list of allowed ones.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { publishedPackages } from './published/tarballs.ts'
import { build } from './setup/build.mjs'
import { readManifest, root } from './setup/workspace.mjs'
import { type Bill, billsOfMaterials } from './supply/bills.ts'
import { allowedLicences, bundledPackages, isAllowed, licenceOf } from './supply/licences.ts'
import { mergedBill } from './supply/merged-bill.ts'

const FILE = join(root, 'docs', 'sbom.cdx.json')

/** The texts in our bundles that name the packages in them. */
function bundles(): string[] {
  const files = publishedPackages().flatMap(({ folder }) =>
    ['dist/LICENCES.txt', 'dist/page/LICENCES.txt'].map((path) => join(root, folder, path)),
  )
  return files.filter((file) => existsSync(file)).map((file) => readFileSync(file, 'utf8'))
}

await build('everything')
const bills: Bill[] = [...(await billsOfMaterials()).values()]
const { version } = readManifest('packages/p2pd') as { version: string }
const { text, components } = mergedBill(version, bills, bundles().flatMap(bundledPackages))
const faults = components
  .filter((one) => !isAllowed(licenceOf(one)))
  .map(
    (one) => `${one['bom-ref']} has the licence ${licenceOf(one)}: allowed are ${allowedLicences.join(', ')}`,
  )
if (!process.argv.includes('--check')) writeFileSync(FILE, text)
else if (!existsSync(FILE) || readFileSync(FILE, 'utf8') !== text)
  faults.push(`${FILE} is out of date: run \`pnpm make:sbom\` and review the difference`)
for (const fault of faults) console.log(fault)
if (faults.length > 0) process.exitCode = 1
