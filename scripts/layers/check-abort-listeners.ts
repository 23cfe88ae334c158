/** Why: Node.js keeps a signal of `AbortSignal.any` for ever while a listener is on it, so a listener that stays is a leak. */
import ts from 'typescript'
import { type Finding, isTestSource, lineOf, sourceFiles, type Tree, walk } from './tree.ts'

/** A listener for an abort hears it once, or the same file removes it. */
export function checkAbortListeners(tree: Tree): Finding[] {
  return [...sourceFiles(tree)].flatMap(([file, source]) => {
    if (isTestSource(file)) return []
    const added: ts.CallExpression[] = []
    const removed = new Set<string>()
    walk(source, (node) => {
      if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return
      const [type, listener] = node.arguments
      if (type === undefined || !ts.isStringLiteral(type) || type.text !== 'abort' || listener === undefined)
        return
      const { text } = node.expression.name
      if (text === 'removeEventListener') removed.add(listener.getText(source))
      if (text === 'addEventListener') added.push(node)
    })
    return added
      .filter(({ arguments: [, listener, options] }) => {
        const isOnce = /\bonce: true\b/.test(options?.getText(source) ?? '')
        return !isOnce && !removed.has(listener?.getText(source) ?? '')
      })
      .map((call) => ({
        file,
        line: lineOf(call),
        message: 'the listener for an abort stays: add { once: true }, or remove it',
      }))
  })
}
