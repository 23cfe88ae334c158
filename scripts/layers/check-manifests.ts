import { layers, testsMayImport } from './table.ts'
import { type Finding, manifestOf, packageFolders, type Tree } from './tree.ts'

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

/** Says what would be allowed. */
export function allowed(names: readonly string[]): string {
  return names.length === 0 ? 'it stands on no other package' : `it stands on ${names.join(', ')} alone`
}
