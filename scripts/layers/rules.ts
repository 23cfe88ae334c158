/** Why: one list of the rules, for the command and for the tests. */
import { checkAbortListeners } from './check-abort-listeners.ts'
import { checkErrorCodes } from './check-error-codes.ts'
import { checkManifests, checkUnused } from './check-manifests.ts'
import { checkPictures } from './check-pictures.ts'
import { checkProse } from './check-prose.ts'
import { checkDocuments, checkFolders, checkIndexes, checkNames } from './check-shape.ts'
import type { Finding, Rule, Tree } from './tree.ts'

const rules: readonly Rule[] = [
  checkManifests,
  checkUnused,
  checkNames,
  checkFolders,
  checkIndexes,
  checkDocuments,
  checkAbortListeners,
  checkErrorCodes,
  checkPictures,
  checkProse,
]

/** Everything that is wrong with the tree. */
export function checkTree(tree: Tree): Finding[] {
  return rules.flatMap((rule) => rule(tree))
}

/** Everything that is wrong in the file or folder `part`. */
export function checkPart(tree: Tree, part: string): Finding[] {
  return checkTree(tree).filter(({ file }) => file === part || file.startsWith(`${part}/`))
}

/** `packages/stun/src/message.ts:12: what, why`. */
export function formatFinding({ file, line, message }: Finding): string {
  return `${file}${line === undefined ? '' : `:${line}`}: ${message}`
}
