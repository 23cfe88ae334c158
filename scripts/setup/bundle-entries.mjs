/** Why: what a bundle contains follows from the manifest, so that no package repeats it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

/**
 * The entry points of a package's bundle. They are the entries and programs of its manifest, and `NAME=SOURCE` for
 * each program that the package starts by its path.
 *
 * @param {{ bin?: Record<string, string>, publishConfig?: { exports?: Record<string, { default: string }> } }} manifest
 * @param {readonly string[]} programs
 */
export function bundleEntries({ bin = {}, publishConfig = {} }, programs) {
  const entries = Object.values(publishConfig.exports ?? {}).map((entry) => entry.default)
  const files = new Set([...entries, ...Object.values(bin)])
  return [
    ...[...files].map((file) => {
      const out = file.replace(/^\.\/dist\//, '').replace(/\.js$/, '')
      return { in: `src/${out}.ts`, out }
    }),
    ...programs.map((program) => {
      const [out = '', source = ''] = program.split('=')
      return { in: source, out }
    }),
  ]
}

/**
 * The packages that stay imports: whatever npm installs with this one.
 *
 * @param {Partial<Record<'dependencies' | 'optionalDependencies' | 'peerDependencies', Record<string, string>>>} manifest
 */
export function outsideOf({ dependencies, optionalDependencies, peerDependencies }) {
  const names = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })
  return names.flatMap((name) => [name, `${name}/*`])
}

/**
 * The licences of the packages that a bundle contains: one text, empty when there are none.
 *
 * @param {readonly string[]} sources the paths of all files in the bundle
 */
export function licencesOf(sources) {
  const folders = new Set(
    sources.flatMap((path) => /^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  )
  return [...folders].sort().map(licenceOf).join('\n')
}

/**
 * The types that users of a package can come upon: those of its entries, and what these import in turn.
 *
 * @param {{ publishConfig?: { exports?: Record<string, { types?: string, default: string }> } }} manifest
 * @param {(path: string) => string} read the types at a path relative to `dist`
 * @returns {Set<string>} paths relative to `dist`
 */
export function reachableTypes({ publishConfig = {} }, read) {
  // Without types of its own an entry has those beside its code.
  const entries = Object.values(publishConfig.exports ?? {}).map(
    ({ types, default: code }) => types ?? code.replace(/\.js$/, '.d.ts'),
  )
  const reached = new Set(entries.map((path) => posix.relative('dist', posix.normalize(path))))
  // A set that grows in the loop is walked to its end.
  for (const path of reached) {
    const code = read(path).replaceAll(/\/\*[\s\S]*?\*\//g, '') // Examples in comments import, too.
    for (const [, source = ''] of code.matchAll(/(?:from |import ?\(?)['"](\.[^'"]+)\.[tj]s['"]/g))
      reached.add(`${posix.join(posix.dirname(path), source)}.d.ts`)
  }
  return reached
}

/**
 * The files of a `dist` that nobody needs: code that the bundler did not write now, and types out of reach.
 *
 * @param {readonly string[]} present paths relative to `dist`
 * @param {readonly string[]} bundled
 * @param {ReadonlySet<string>} reached types, as `reachableTypes` finds them
 */
export function staleFiles(present, bundled, reached) {
  return present.filter((path) =>
    path.endsWith('.js') ? !bundled.includes(path) : path.endsWith('.d.ts') && !reached.has(path),
  )
}

/** @param {string} folder */
function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const files = readdirSync(folder)
  const withText = (/** @type {string} */ one) =>
    /MIT License|licen[cs]ed? under/i.test(readFileSync(join(folder, one), 'utf8'))
  const file =
    files.find((one) => /^licen[cs]e/i.test(one)) ??
    files.find((one) => /^readme/i.test(one) && withText(one))
  if (file === undefined) throw new Error(`${name} has no licence file, so it cannot be part of a bundle`)
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8')}`
}
