/** Why: a change of what users can call is seen in a review, and none slips through with a refactoring. */
import ts from 'typescript'

/** An entry of a package and the file of its types. */
export interface Entry {
  readonly title: string
  readonly file: string
}

const printer = ts.createPrinter({ removeComments: true })

/** Reads the types of entries, and of the files that they import. */
export function programOf(entries: readonly Entry[], host?: ts.CompilerHost): ts.Program {
  const options = { module: ts.ModuleKind.NodeNext, noLib: true, types: [] }
  const rootNames = entries.map(({ file }) => file)
  return ts.createProgram({ rootNames, options, ...(host && { host }) })
}

/**
 * The declarations of all that a package exports, by entry and name, without comments. Below them come those of the package
 * that they mention and that no entry exports: users meet these types as well.
 */
export function apiReport(
  name: string,
  folder: string,
  entries: readonly Entry[],
  program: ts.Program,
): string {
  const checker = program.getTypeChecker()
  const shown = new Set<ts.Symbol>()
  const mentioned = new Set<ts.Symbol>()
  const isOwn = (symbol: ts.Symbol) =>
    statementsOf(symbol).some((one) => one.getSourceFile().fileName.startsWith(folder))

  const mention = (node: ts.Node): void => {
    const symbol = ts.isIdentifier(node) ? checker.getSymbolAtLocation(node) : undefined
    if (symbol !== undefined && isOwn(originOf(symbol, checker))) mentioned.add(originOf(symbol, checker))
    ts.forEachChild(node, mention)
  }
  const print = (symbol: ts.Symbol): string => {
    shown.add(symbol)
    const texts = statementsOf(symbol).map((statement) => {
      mention(statement)
      return splitUnion(printer.printNode(ts.EmitHint.Unspecified, statement, statement.getSourceFile()))
    })
    return texts.join('\n')
  }

  const sections = entries.map(({ title, file }) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file) as ts.Node)
    if (module === undefined) throw new Error(`${file} is not there, or is not a module`)
    const texts = checker
      .getExportsOfModule(module)
      .sort(byName)
      .map((exported) => {
        const foreign = foreignExport(exported, checker)
        if (foreign !== undefined) return foreign
        const symbol = originOf(exported, checker)
        if (!isOwn(symbol)) throw new Error(`${file}: ${exported.name} leads nowhere`)
        if (shown.has(symbol)) return `// ${exported.name}: as above`
        return exported.name === symbol.name ? print(symbol) : `// as ${exported.name}\n${print(symbol)}`
      })
    return section(title, texts)
  })
  const inside: [ts.Symbol, string][] = []
  // A set that grows in the loop is walked to its end.
  for (const symbol of mentioned) if (!shown.has(symbol)) inside.push([symbol, print(symbol)])
  const texts = inside.sort(([one], [other]) => byName(one, other)).map(([, text]) => text)
  if (texts.length > 0) sections.push(section('Mentioned, and exported by no entry', texts))

  const head = `# The API of ${name}\n\nMade by \`pnpm api\`. A difference needs a review and a changeset.\n`
  return [head, ...sections].join('\n')
}

/** The statements of files that declare a symbol: several for a function with overloads, none for a part of a statement. */
function statementsOf({ declarations = [] }: ts.Symbol): ts.Statement[] {
  const statements = declarations.flatMap((declaration) => {
    const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration
    return ts.isSourceFile(statement.parent ?? statement) && !ts.isSourceFile(statement)
      ? [statement as ts.Statement]
      : []
  })
  return [...new Set(statements)].sort((one, other) => one.pos - other.pos)
}

function originOf(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
}

/** The line that takes a name from another package; undefined for names of the package itself. */
function foreignExport(exported: ts.Symbol, checker: ts.TypeChecker): string | undefined {
  for (let step: ts.Symbol | undefined = exported; step?.flags; step = aliasedBy(step, checker)) {
    const [specifier] = step.declarations ?? []
    if (specifier === undefined || !(ts.isExportSpecifier(specifier) || ts.isImportSpecifier(specifier)))
      continue
    const { moduleSpecifier } = ts.isExportSpecifier(specifier)
      ? specifier.parent.parent
      : specifier.parent.parent.parent
    const from = moduleSpecifier?.getText().slice(1, -1) ?? '.'
    const { text } = specifier.propertyName ?? specifier.name
    const renamed = text === exported.name ? text : `${text} as ${exported.name}`
    if (!from.startsWith('.')) return `export { ${renamed} } from '${from}'`
  }
  return undefined
}

function aliasedBy(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol | undefined {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getImmediateAliasedSymbol(symbol) : undefined
}

/** A long union of texts has a line for each, so that a difference shows the one that came or went. */
function splitUnion(text: string): string {
  return /^(export )?(declare )?type .{100}/.test(text) ? text.replaceAll(/ \| (?=')/g, '\n    | ') : text
}

function section(title: string, texts: readonly string[]): string {
  return `## ${title}\n\n\`\`\`ts\n${texts.join('\n\n')}\n\`\`\`\n`
}

/** By code, so that the order is the same on each system. */
function byName({ name: one }: ts.Symbol, { name: other }: ts.Symbol): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}
