/** Why: the linter counts lines of functions, but not apart from tables and inner functions. */
import { posix } from 'node:path'
import ts from 'typescript'
import { type Finding, isTestSource, lineOf, sourceFiles, type Tree, walk } from './tree.ts'

/** Beyond this a file holds two things. */
const fileLines = 300

/** Beyond this a function does two things. */
const functionLines = 60

/** Beyond this nobody finds a file at a glance: the folder needs rooms. */
const folderFiles = 25

/** Source files stay small enough to be read at once. */
export function checkFileLengths(tree: Tree): Finding[] {
  return [...sourceFiles(tree)].flatMap(([file, source]) => {
    const lines = source.text.trimEnd().split('\n').length
    if (isTestSource(file) || lines <= fileLines) return []
    return [{ file, message: `${lines} lines: at most ${fileLines}; split it` }]
  })
}

/** Functions stay small enough to be read at once. */
export function checkFunctionLengths(tree: Tree): Finding[] {
  return [...sourceFiles(tree)].flatMap(([file, source]) => {
    if (isTestSource(file)) return []
    const findings: Finding[] = []
    walk(source, (node) => {
      if (!ts.isFunctionLike(node) || !('body' in node) || !node.body) return
      const length = ownLines(node)
      if (length <= functionLines || isTable(node.body)) return
      const message = `a function of ${length} lines: at most ${functionLines}; split it`
      findings.push({ file, line: lineOf(node), message })
    })
    return findings
  })
}

/** A folder is read at once, too. */
export function checkFolders(tree: Tree): Finding[] {
  const counts = new Map<string, number>()
  for (const path of tree.keys()) counts.set(posix.dirname(path), (counts.get(posix.dirname(path)) ?? 0) + 1)
  return [...counts].flatMap(([file, files]) =>
    files > folderFiles ? [{ file, message: `${files} files: at most ${folderFiles}; make rooms` }] : [],
  )
}

function linesOf(node: ts.Node): number {
  const file = node.getSourceFile()
  const line = (position: number) => file.getLineAndCharacterOfPosition(position).line
  return line(node.getEnd()) - line(node.getStart(file)) + 1
}

/** The lines of a function without the functions that are declared inside it. */
function ownLines(node: ts.Node): number {
  let inner = 0
  const visit = (child: ts.Node): void => {
    if (ts.isFunctionDeclaration(child) || ts.isMethodDeclaration(child)) inner += linesOf(child)
    else ts.forEachChild(child, visit)
  }
  ts.forEachChild(node, visit)
  return linesOf(node) - inner
}

/** One switch, or one literal, that makes up most of the function. */
function isTable(body: ts.Node): boolean {
  let longest = 0
  walk(body, (node) => {
    const isTableNode =
      ts.isSwitchStatement(node) || ts.isObjectLiteralExpression(node) || ts.isArrayLiteralExpression(node)
    if (isTableNode) longest = Math.max(longest, linesOf(node))
  })
  return longest > linesOf(body) / 2
}
