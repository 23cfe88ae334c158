/** Why: pnpm does not know what is inside of our bundles, and a review needs one line for each package, without dates. */
import { type Bill, type Component, fullName } from './bills.ts'
import type { BundledPackage } from './licences.ts'

const isOurs = ({ group }: Component) => group === '@p2pd'

/** One bill of materials of all code of others: `text` changes only with what it lists. */
export function mergedBill(
  version: string,
  bills: readonly Bill[],
  bundled: readonly BundledPackage[],
): { readonly text: string; readonly components: readonly Component[] } {
  const installed = bills.flatMap(({ components }) => components).filter((one) => !isOurs(one))
  const found = new Map([...bundled.map(componentOf), ...installed].map((one) => [one['bom-ref'], one]))
  const byKey = (one: Component) => `${fullName(one)}@${one.version}`
  const components = [...found.values()].sort((one, other) => (byKey(one) < byKey(other) ? -1 : 1))
  const brings = new Map(bills.flatMap((bill) => bill.dependencies).map((one) => [one.ref, one.dependsOn]))
  const brought = new Set([...found.keys()].flatMap((ref) => brings.get(ref) ?? []))
  const root = `pkg:npm/p2pd@${version}`
  const dependsOn = [...found.keys()].filter((ref) => !brought.has(ref)).sort()
  const dependencies = [
    { ref: root, dependsOn },
    ...components.map(({ 'bom-ref': ref }) => ({ ref, dependsOn: [...(brings.get(ref) ?? [])].sort() })),
  ]
  const component = { type: 'library', 'bom-ref': root, name: 'p2pd', version, purl: root }
  const text = `{
  "bomFormat": "CycloneDX",
  "specVersion": "1.6",
  "version": 1,
  "metadata": { "component": ${JSON.stringify(component)} },
  "components": ${lines(components.map(entryOf))},
  "dependencies": ${lines(dependencies)}
}
`
  return { text, components }
}

function componentOf({ name, version, licence }: BundledPackage): Component {
  const licences = /[ ()]/.test(licence) ? { expression: licence } : { license: { id: licence } }
  return { 'bom-ref': `pkg:npm/${name.replace('@', '%40')}@${version}`, name, version, licenses: [licences] }
}

/** npm does not install a component without a hash: it is part of our files. */
function entryOf(one: Component): object {
  const { 'bom-ref': ref, version, licenses, externalReferences = [] } = one
  const hashes = externalReferences.flatMap((reference) => reference.hashes ?? [])
  const proof = hashes.length > 0 ? { hashes } : { properties: [{ name: 'p2pd:bundled', value: 'true' }] }
  const place = { 'bom-ref': ref, name: fullName(one), version, purl: ref, scope: 'required' }
  return { type: 'library', ...place, licenses, ...proof }
}

/** A line for each, so that a review shows what came and went. */
function lines(entries: readonly object[]): string {
  return `[\n${entries.map((one) => `    ${JSON.stringify(one)}`).join(',\n')}\n  ]`
}
