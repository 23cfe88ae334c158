import { layers } from './table.ts'
import { isTestSource, manifestOf, packageFolder, type Tree } from './tree.ts'

/** Protocol source gets time, randomness and sockets handed in; only `src/nodejs/` fetches them. */
export function isProtocolSource(tree: Tree, path: string): boolean {
  const { name = '' } = manifestOf(tree, packageFolder(path))
  const onNode = layers[name]?.runsOnNode || path.startsWith(`${packageFolder(path)}/src/nodejs/`)
  return !onNode && !isTestSource(path)
}
