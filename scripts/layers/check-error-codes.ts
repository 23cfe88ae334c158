/** Why: callers branch on codes, and editors show what a doc comment says about them. */
import ts from 'typescript'
import { type Finding, isTestSource, lineOf, sourceFiles, type Tree, walk } from './tree.ts'

/** Each member of an exported `…ErrorCode` union says in a doc comment when it is thrown. */
export function checkErrorCodes(tree: Tree): Finding[] {
  return [...sourceFiles(tree)].flatMap(([file, source]) => {
    if (isTestSource(file)) return []
    const findings: Finding[] = []
    walk(source, (node) => {
      if (!ts.isTypeAliasDeclaration(node) || !node.name.text.endsWith('ErrorCode')) return
      const members = ts.isUnionTypeNode(node.type) ? node.type.types : [node.type]
      for (const member of members) {
        if (!ts.isLiteralTypeNode(member) || hasDocComment(source, member)) continue
        const message = `${member.getText(source)} has no doc comment that says when it is thrown`
        findings.push({ file, line: lineOf(member), message })
      }
    })
    return findings
  })
}

/** The comment may stand before the `|` or after it. */
function hasDocComment(source: ts.SourceFile, member: ts.Node): boolean {
  const before = source.text.slice(0, member.getStart(source)).trimEnd().replace(/\|$/, '').trimEnd()
  if (!before.endsWith('*/')) return false
  return before.slice(before.lastIndexOf('/*')).startsWith('/**')
}
