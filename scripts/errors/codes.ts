/** Why: the doc comment of a code says when it is thrown; no second text should say so. */
import ts from 'typescript'
import { isTestSource, lineOf, sourceFiles, type Tree, walk } from '../layers/tree.ts'

/** An error code, and when it is thrown. */
export interface Code {
  readonly code: string
  /** Empty without a doc comment. */
  readonly cause: string
  readonly line: number
}

/** The codes of one package. */
export interface PackageCodes {
  /** The class that has the codes: `StunError`. */
  readonly error: string
  readonly file: string
  readonly codes: readonly Code[]
}

/** The members of each `…ErrorCode` union, in the order of the source. */
export function errorCodes(tree: Tree): PackageCodes[] {
  const found: PackageCodes[] = []
  // To parse every source would take seconds.
  const declaring = new Map([...tree].filter(([, text]) => /type \w+ErrorCode =/.test(text)))
  for (const [file, source] of sourceFiles(declaring)) {
    if (isTestSource(file)) continue
    walk(source, (node) => {
      if (!ts.isTypeAliasDeclaration(node) || !node.name.text.endsWith('ErrorCode')) return
      const members = ts.isUnionTypeNode(node.type) ? node.type.types : [node.type]
      const codes = members.flatMap((member) => {
        const isText = ts.isLiteralTypeNode(member) && ts.isStringLiteral(member.literal)
        return isText
          ? [{ code: member.literal.text, cause: commentBefore(source, member), line: lineOf(member) }]
          : []
      })
      const error = node.name.text.replace(/Code$/, '')
      found.push({ error, file, codes })
    })
  }
  return found.sort((one, other) => (one.error < other.error ? -1 : 1))
}

/** The doc comment before a member, as one line; it may stand before the `|` or after it. */
function commentBefore(source: ts.SourceFile, member: ts.Node): string {
  const before = source.text.slice(0, member.getStart(source)).trimEnd().replace(/\|$/, '').trimEnd()
  if (!before.endsWith('*/')) return ''
  const inside = before.slice(before.lastIndexOf('/**') + 3, -2)
  return inside
    .replace(/^\s*\* ?/gm, '')
    .replaceAll(/\{@link (\w+)\}/g, '`$1`')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
