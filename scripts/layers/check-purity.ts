import ts from 'typescript'
import { isProtocolSource } from './protocol-source.ts'
import { type Finding, lineOf, sourceFiles, type Tree, walk } from './tree.ts'

/** What to use in place of an ambient clock, timer or source of randomness. */
const clock = 'take the time from a Clock, or as an argument'
const timer = 'ask for a wake-up: return it from the machine, or use Clock.at'
const random = 'take RandomBytes, or the value, as an argument'

/** Globals that protocol source does not touch at all. */
const forbiddenGlobals: Readonly<Record<string, string>> = {
  performance: clock,
  setTimeout: timer,
  setInterval: timer,
  setImmediate: timer,
  crypto: random,
  process: 'take what it tells as an argument',
  globalThis: 'name what is meant',
}

/** Globals of which one use is forbidden, and what may be done with them nevertheless. */
const partlyForbidden: Readonly<Record<string, { members: readonly string[]; instead: string }>> = {
  Date: { members: ['UTC', 'parse', 'prototype'], instead: clock },
  Math: { members: [], instead: random },
  AbortSignal: { members: ['abort', 'any', 'prototype'], instead: timer },
}

/** Protocol source reads no clock, starts no timer and rolls no dice. */
export function checkPurity(tree: Tree): Finding[] {
  return [...sourceFiles(tree)].flatMap(([path, file]) => {
    if (!isProtocolSource(tree, path)) return []
    const declared = declaredNames(file)
    const findings: Finding[] = []
    walk(file, (node) => {
      if (!ts.isIdentifier(node) || declared.has(node.text) || !isValue(node)) return
      const message = problemOf(node)
      if (message) findings.push({ file: path, line: lineOf(node), message })
    })
    return findings
  })
}

function problemOf(node: ts.Identifier): string | undefined {
  const name = node.text
  if (Object.hasOwn(forbiddenGlobals, name)) return `${name}: ${forbiddenGlobals[name]}`
  const partly = Object.hasOwn(partlyForbidden, name) ? partlyForbidden[name] : undefined
  if (!partly || isHarmless(node, partly.members)) return undefined
  const member = ts.isPropertyAccessExpression(node.parent) ? `.${node.parent.name.text}` : ''
  return `${name}${member}: ${partly.instead}`
}

/** `new Date(x)`, `x instanceof Date`, `Math.max`: whatever depends on its arguments alone. */
function isHarmless(node: ts.Identifier, members: readonly string[]): boolean {
  const { parent } = node
  if (ts.isBinaryExpression(parent)) return parent.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword
  if (ts.isNewExpression(parent)) return (parent.arguments?.length ?? 0) > 0
  if (!ts.isPropertyAccessExpression(parent)) return false
  return node.text === 'Math' ? parent.name.text !== 'random' : members.includes(parent.name.text)
}

/** Whether an identifier stands for a value, and not for a member, a label or a type. */
function isValue(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  if (ts.isShorthandPropertyAssignment(parent)) return true
  if (ts.isTypeNode(parent) || ts.isQualifiedName(parent)) return false
  const namesIt = 'name' in parent && parent.name === node
  const renames = 'propertyName' in parent && parent.propertyName === node
  return !namesIt && !renames
}

/** Names a file declares or imports itself: they hide the globals. */
function declaredNames(file: ts.SourceFile): Set<string> {
  const names = new Set<string>()
  walk(file, (node) => {
    const declares =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isBindingElement(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isClassDeclaration(node) ||
      ts.isImportSpecifier(node) ||
      ts.isImportClause(node)
    if (declares && node.name && ts.isIdentifier(node.name)) names.add(node.name.text)
  })
  return names
}
