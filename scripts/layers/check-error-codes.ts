/** Why: callers branch on codes, and editors show what a doc comment says about them. */
import ts from 'typescript'
import { type Finding, isTestSource, lineOf, packageFolder, sourceFiles, type Tree, walk } from './tree.ts'

/**
 * Each member of an exported `…ErrorCode` union says in a doc comment when it is thrown. In libraries the doc comment of
 * a function names it as well. Nobody can handle a code that none names, and perhaps nothing throws it.
 */
export function checkErrorCodes(tree: Tree): Finding[] {
  const sources = [...sourceFiles(tree)].filter(([file]) => !isTestSource(file))
  return sources.flatMap(([file, source]) => {
    const findings: Finding[] = []
    walk(source, (node) => {
      if (!ts.isTypeAliasDeclaration(node) || !node.name.text.endsWith('ErrorCode')) return
      const elsewhere = file.startsWith('packages/') ? docCommentsBeside(file, sources) : undefined
      for (const member of ts.isUnionTypeNode(node.type) ? node.type.types : [node.type]) {
        if (!ts.isLiteralTypeNode(member)) continue
        const report = (message: string) =>
          findings.push({ file, line: lineOf(member), message: `${member.getText(source)} ${message}` })
        if (!hasDocComment(source, member)) report('has no doc comment that says when it is thrown')
        const code = (member.literal as ts.StringLiteral).text
        if (elsewhere?.includes(`\`${code}\``) === false)
          report('is in no doc comment of a function that throws it')
      }
    })
    return findings
  })
}

/** The doc comments of the other files of a package. */
function docCommentsBeside(file: string, sources: readonly (readonly [string, ts.SourceFile])[]): string {
  return sources
    .filter(([other]) => other !== file && packageFolder(other) === packageFolder(file))
    .flatMap(([, { text }]) => text.match(/\/\*\*[\s\S]*?\*\//g) ?? [])
    .join('\n')
}

/** The comment may stand before the `|` or after it. */
function hasDocComment(source: ts.SourceFile, member: ts.Node): boolean {
  const before = source.text.slice(0, member.getStart(source)).trimEnd().replace(/\|$/, '').trimEnd()
  if (!before.endsWith('*/')) return false
  return before.slice(before.lastIndexOf('/*')).startsWith('/**')
}
