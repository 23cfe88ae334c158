/** Why: a new reader relies on the same index, README and names in every package. */
import { posix } from 'node:path'
import ts from 'typescript'
import { namelessNames } from './table.ts'
import { type Finding, lineOf, manifestOf, packageFolders, sourceFiles, type Tree } from './tree.ts'

/** Beyond this nobody finds a file at a glance: the folder needs rooms. */
const folderFiles = 25

/** Packages, folders and files are named for what is in them. */
export function checkNames(tree: Tree): Finding[] {
  return [...tree.keys()].flatMap((file) => {
    const parts = file.split('/').map((part) => part.split('.')[0] ?? '')
    const nameless = parts.find((part) => namelessNames.includes(part))
    return nameless ? [{ file, message: `"${nameless}" says nothing: name it for what is in it` }] : []
  })
}

/** A folder is read at once. The linter limits the lines of files and functions. */
export function checkFolders(tree: Tree): Finding[] {
  const counts = new Map<string, number>()
  for (const path of tree.keys()) counts.set(posix.dirname(path), (counts.get(posix.dirname(path)) ?? 0) + 1)
  return [...counts].flatMap(([file, files]) =>
    files > folderFiles ? [{ file, message: `${files} files: at most ${folderFiles}; make rooms` }] : [],
  )
}

/** Index files re-export and do nothing else. */
export function checkIndexes(tree: Tree): Finding[] {
  return [...sourceFiles(tree)].flatMap(([file, source]) => {
    if (!/^[^/]+\/[^/]+\/src\/(nodejs\/)?index\.ts$/.test(file)) return []
    const logic = source.statements.find((node) => !(ts.isExportDeclaration(node) && node.moduleSpecifier))
    return logic ? [{ file, line: lineOf(logic), message: 'an index re-exports and does nothing else' }] : []
  })
}

/** One package doc per package, at the top of its index; a README. */
export function checkDocuments(tree: Tree): Finding[] {
  const documented = [...tree].filter(([, text]) => text.includes('\n * @packageDocumentation'))
  return packageFolders(tree).flatMap((folder) => {
    const readme = `${folder}/README.md`
    const index = `${folder}/src/index.ts`
    const isLibrary = manifestOf(tree, folder).exports !== undefined
    const opens = /^\s*\/\*\*(?:(?!\*\/)[^])*@packageDocumentation/.test(tree.get(index) ?? '')
    const others = documented.filter(([file]) => file.startsWith(`${folder}/src/`) && file !== index)
    return [
      ...(tree.has(readme) ? [] : [{ file: readme, message: 'is missing' }]),
      ...(isLibrary && !opens
        ? [{ file: index, message: 'opens with the package doc, marked @packageDocumentation' }]
        : []),
      ...others.map(([file]) => ({ file, message: 'another @packageDocumentation: a package has one' })),
    ]
  })
}
