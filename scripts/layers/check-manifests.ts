/** Why: pnpm resolves what a manifest names; only our table says what it may name. */
import { importedPackages } from './imported-packages.ts'
import { layers, testsMayImport } from './table.ts'
import { type Finding, isTestSource, manifestOf, packageFolders, type Tree } from './tree.ts'

const isOurs = (name: string) => name === 'p2pd' || name.startsWith('@p2pd/')

/** Every package is in the table, in its folder, and depends on what the table allows. */
export function checkManifests(tree: Tree): Finding[] {
  return packageFolders(tree).flatMap((folder) => {
    const file = `${folder}/package.json`
    const manifest = manifestOf(tree, folder)
    const name = manifest.name ?? '(no name)'
    const layer = layers[name]
    if (!layer) return [{ file, message: `${name} is not in the table of scripts/layers/table.ts` }]
    if (layer.folder !== folder) return [{ file, message: `${name} belongs in ${layer.folder}` }]

    const { dependencies, optionalDependencies, peerDependencies, devDependencies } = manifest
    const atRunTime = { ...dependencies, ...optionalDependencies, ...peerDependencies }
    const inTests = [...layer.mayImport, ...testsMayImport(name)]
    return [
      ...Object.keys(atRunTime).filter((other) => isOurs(other) && !layer.mayImport.includes(other)),
      ...Object.keys(devDependencies ?? {}).filter((other) => isOurs(other) && !inTests.includes(other)),
    ].map((other) => ({ file, message: `${name} may not depend on ${other}: ${allowed(layer.mayImport)}` }))
  })
}

/** A package's source imports every dependency, so that users install nothing without need. */
export function checkUnused(tree: Tree): Finding[] {
  return packageFolders(tree).flatMap((folder) => {
    const { dependencies, optionalDependencies } = manifestOf(tree, folder)
    const isSource = (path: string) => path.startsWith(`${folder}/src/`) && /\.tsx?$/.test(path)
    const sources = [...tree].filter(([path]) => isSource(path) && !isTestSource(path))
    const imported = new Set(sources.flatMap(([, text]) => importedPackages(text)))
    return Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !imported.has(name))
      .map((name) => ({ file: `${folder}/package.json`, message: `nothing in src imports ${name}` }))
  })
}

/** Says what would be allowed. */
export function allowed(names: readonly string[]): string {
  return names.length === 0 ? 'it stands on no other package' : `it stands on ${names.join(', ')} alone`
}
