/** `pnpm check:layers`: the linter sees one file at a time; these rules see manifests, folders and documents. */
import { checkTree, formatFinding } from './layers/rules.ts'
import { readTree } from './layers/tree.ts'
import { root } from './setup/workspace.mjs'

const findings = checkTree(readTree(root))
for (const finding of findings) console.log(formatFinding(finding))
if (findings.length > 0) process.exitCode = 1
