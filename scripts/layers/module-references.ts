/** Why: manifests and published files are compared with what the sources really import. */
import ts from 'typescript'
import { walk } from './tree.ts'

/** The modules that a file mentions: imports, re-exports, dynamic imports, `require`, `import()` in types. */
export function moduleReferences(file: ts.SourceFile): string[] {
  const specifiers: string[] = []
  walk(file, (node) => {
    const specifier = specifierOf(node)
    if (specifier && ts.isStringLiteralLike(specifier)) specifiers.push(specifier.text)
  })
  return specifiers
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier
  if (ts.isExternalModuleReference(node)) return node.expression
  if (ts.isImportTypeNode(node))
    return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined
  if (!ts.isCallExpression(node)) return undefined
  const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword
  const isRequire = ts.isIdentifier(node.expression) && node.expression.text === 'require'
  return isImport || isRequire ? node.arguments[0] : undefined
}

/** `@p2pd/stun` of `@p2pd/stun/node`, `cborg` of `cborg/json`. */
export function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
