/**
 * `pnpm check:layers`: the linter sees one file at a time; these rules see manifests, folders and documents.
 *
 * `pnpm check:layers packages/nat` shows all that is wrong there, prose that is not clean yet included.
 */
import { checkPart, checkTree, formatFinding } from './layers/rules.ts'
import { readTree } from './layers/tree.ts'
import { root } from './setup/workspace.mjs'

const part = process.argv[2]?.replace(/\/$/, '')
const tree = readTree(root)
const findings = part ? checkPart(tree, part) : checkTree(tree)
for (const finding of findings) console.log(formatFinding(finding))
if (findings.length > 0) process.exitCode = 1
