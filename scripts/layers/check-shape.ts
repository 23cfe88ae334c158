/** Why: a new reader relies on the same index, README and names in every package. */
import ts from 'typescript'
import { namelessNames } from './table.ts'
import { type Finding, lineOf, manifestOf, packageFolders, sourceFiles, type Tree } from './tree.ts'

/** An index is read in a minute; its package doc is not counted. */
const indexLines = 60

/** An example is read at a glance. */
const exampleLines = 60

const leadingDoc = /^\s*\/\*\*[^]*?\*\/\s*/

const countLines = (text: string) => text.trimEnd().split('\n').length

/** Packages, folders and files are named for what is in them. */
export function checkNames(tree: Tree): Finding[] {
  return [...tree.keys()].flatMap((file) => {
    const parts = file.split('/').map((part) => part.split('.')[0] ?? '')
    const nameless = parts.find((part) => namelessNames.includes(part))
    return nameless ? [{ file, message: `"${nameless}" says nothing: name it for what is in it` }] : []
  })
}

/** Index files: short, re-exports only. */
export function checkIndexes(tree: Tree): Finding[] {
  return [...sourceFiles(tree)].flatMap(([file, source]) => {
    if (!/^[^/]+\/[^/]+\/src\/(nodejs\/)?index\.ts$/.test(file)) return []
    const lines = countLines(source.text.replace(leadingDoc, ''))
    const logic = source.statements.find((node) => !(ts.isExportDeclaration(node) && node.moduleSpecifier))
    return [
      ...(lines >= indexLines
        ? [{ file, message: `${lines} lines: an index has less than ${indexLines}` }]
        : []),
      ...(logic ? [{ file, line: lineOf(logic), message: 'an index re-exports and does nothing else' }] : []),
    ]
  })
}

/** One package doc per package, at the top of its index; a README. */
export function checkDocuments(tree: Tree): Finding[] {
  return packageFolders(tree).flatMap((folder) => {
    const index = `${folder}/src/index.ts`
    const findings: Finding[] = []
    if (!tree.has(`${folder}/README.md`))
      findings.push({ file: `${folder}/README.md`, message: 'is missing' })
    const exported = manifestOf(tree, folder).exports !== undefined
    if (exported && !tree.has(index)) {
      findings.push({ file: index, message: 'is missing: a package says here what it is' })
    } else if (exported && !/^\s*\/\*\*(?:(?!\*\/)[^])*@packageDocumentation/.test(tree.get(index) ?? '')) {
      findings.push({ file: index, message: 'opens with the package doc, marked @packageDocumentation' })
    }
    for (const [file, text] of tree) {
      if (!file.startsWith(`${folder}/src/`)) continue
      const docs = text.split('* @packageDocumentation').length - 1
      const expected = file === index ? 1 : 0
      if (docs > expected)
        findings.push({ file, message: 'another @packageDocumentation: a package has one' })
    }
    return findings
  })
}

/** Examples are short. `scripts/readme-examples.test.ts` checks that READMEs show them word for word. */
export function checkExamples(tree: Tree): Finding[] {
  return [...tree].flatMap(([file, text]) => {
    if (!/^[^/]+\/[^/]+\/examples\/[^/]+\.ts$/.test(file)) return []
    const lines = countLines(text)
    return lines > exampleLines
      ? [{ file, message: `${lines} lines: an example has at most ${exampleLines}` }]
      : []
  })
}
