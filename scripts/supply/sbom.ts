/** Why: users check at a glance what an installation brings, and scanners look it up for known faults. */

/** A component of the installation. */
export interface Component {
  readonly name: string
  readonly version: string
  readonly licence: string
  readonly integrity: string | undefined
  /** It is part of our files; npm does not install it. */
  readonly isBundled: boolean
  readonly isForOneSystem: boolean
  /** Keys, `name@version`, of the components that it brings. */
  readonly brings: readonly string[]
}

/** Name and version, by which components find each other. */
export const componentKey = ({ name, version }: Pick<Component, 'name' | 'version'>) => `${name}@${version}`

/** The package URL, https://github.com/package-url/purl-spec: a scope's `@` is encoded. */
export function packageUrl({ name, version }: Pick<Component, 'name' | 'version'>): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`
}

/**
 * A software bill of materials, CycloneDX 1.6. It has no time and no serial number, so that it changes only with what
 * it lists.
 */
export function sbom(root: { name: string; version: string }, components: readonly Component[]): string {
  const urls = new Map(components.map((one) => [componentKey(one), packageUrl(one)]))
  const dependsOn = (keys: readonly string[]) => keys.flatMap((key) => urls.get(key) ?? []).sort()
  const brought = new Set(components.flatMap(({ brings }) => brings))
  const direct = components.map(componentKey).filter((key) => !brought.has(key))
  const component = { type: 'library', 'bom-ref': packageUrl(root), ...root, purl: packageUrl(root) }
  const dependencies = [
    { ref: packageUrl(root), dependsOn: dependsOn(direct) },
    ...components.map((one) => ({ ref: packageUrl(one), dependsOn: dependsOn(one.brings) })),
  ]
  return `{
  "bomFormat": "CycloneDX",
  "specVersion": "1.6",
  "version": 1,
  "metadata": { "component": ${JSON.stringify(component)} },
  "components": ${lines(components.map(entry))},
  "dependencies": ${lines(dependencies)}
}
`
}

/** A line for each, so that a review shows what came and went. */
function lines(entries: readonly object[]): string {
  return `[\n${entries.map((one) => `    ${JSON.stringify(one)}`).join(',\n')}\n  ]`
}

function entry(component: Component): object {
  const { name, version, licence, integrity, isBundled, isForOneSystem } = component
  const isExpression = /[ ()]/.test(licence)
  const [algorithm, hash] = integrity?.split(/-(.*)/) ?? []
  return {
    type: 'library',
    'bom-ref': packageUrl(component),
    name,
    version,
    purl: packageUrl(component),
    scope: isForOneSystem ? 'optional' : 'required',
    licenses: [isExpression ? { expression: licence } : { license: { id: licence } }],
    ...(algorithm === 'sha512' && hash !== undefined
      ? { hashes: [{ alg: 'SHA-512', content: Buffer.from(hash, 'base64').toString('hex') }] }
      : {}),
    ...(isBundled ? { properties: [{ name: 'p2pd:bundled', value: 'true' }] } : {}),
  }
}
