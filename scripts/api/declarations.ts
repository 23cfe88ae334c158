/** Why: the types that are published say what an entry has; following their exports needs no type checker. */
import { posix } from 'node:path'
import ts from 'typescript'

/** Reads a file of types by its path; undefined when there is none. */
export type ReadTypes = (path: string) => string | undefined

/** A name, and the file that declares it. */
export interface Declared {
  readonly file: string
  readonly name: string
}

/** A name that a package takes from another package: the line that takes it. */
export interface Foreign {
  readonly foreign: string
}

/** The files of types of one package. */
export class Declarations {
  readonly #files = new Map<string, ts.SourceFile>()
  readonly #read: ReadTypes

  constructor(read: ReadTypes) {
    this.#read = read
  }

  /** All names that a file exports, with the place of each. */
  exportsOf(file: string): Map<string, Declared | Foreign> {
    const found = new Map<string, Declared | Foreign>()
    for (const statement of this.#parse(file).statements) {
      if (ts.isExportDeclaration(statement)) this.#addExports(file, statement, found)
      else if (isExported(statement)) for (const name of namesOf(statement)) found.set(name, { file, name })
    }
    return found
  }

  /** The statements that declare a name: several for a function with overloads. */
  statementsOf({ file, name }: Declared): ts.Statement[] {
    return this.#parse(file).statements.filter((statement) => namesOf(statement).includes(name))
  }

  /** The declarations of the same package that a statement mentions. */
  mentionsOf(file: string, statement: ts.Statement): Declared[] {
    const found: Declared[] = []
    const visit = (node: ts.Node) => {
      if (ts.isImportTypeNode(node)) found.push(...this.#importType(file, node))
      const name = mentionedName(node)
      const place = name === undefined ? undefined : this.#inScope(file, name)
      if (place) found.push(place)
      ts.forEachChild(node, visit)
    }
    visit(statement)
    return found
  }

  #addExports(
    file: string,
    { exportClause, moduleSpecifier }: ts.ExportDeclaration,
    found: Map<string, Declared | Foreign>,
  ) {
    const source = moduleSpecifier && ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : undefined
    const target = source === undefined ? file : resolve(file, source)
    if (!exportClause) {
      if (target === undefined) found.set(`* from ${source}`, { foreign: `export * from '${source}'` })
      else for (const [name, place] of this.exportsOf(target)) found.set(name, place)
      return
    }
    if (!ts.isNamedExports(exportClause))
      throw new Error(`${file}: no report knows ${exportClause.getText()}`)
    for (const { name, propertyName } of exportClause.elements) {
      const original = (propertyName ?? name).text
      const renamed = original === name.text ? name.text : `${original} as ${name.text}`
      if (target === undefined) {
        found.set(name.text, { foreign: `export { ${renamed} } from '${source}'` })
      } else {
        const place = target === file ? this.#inScope(file, original) : this.exportsOf(target).get(original)
        if (place) found.set(name.text, place)
      }
    }
  }

  /** Where a name in a file comes from; undefined for names of other packages and of the language. */
  #inScope(file: string, name: string): Declared | undefined {
    if (this.statementsOf({ file, name }).length > 0) return { file, name }
    for (const statement of this.#parse(file).statements) {
      if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue
      const bindings = statement.importClause?.namedBindings
      if (!bindings || !ts.isNamedImports(bindings)) continue
      const element = bindings.elements.find((one) => one.name.text === name)
      const target = resolve(file, statement.moduleSpecifier.text)
      if (element && target !== undefined)
        return this.#exported(target, (element.propertyName ?? element.name).text)
    }
    return undefined
  }

  #importType(file: string, { argument, qualifier }: ts.ImportTypeNode): Declared[] {
    if (!ts.isLiteralTypeNode(argument) || !ts.isStringLiteral(argument.literal)) return []
    const target = resolve(file, argument.literal.text)
    if (target === undefined || !qualifier || !ts.isIdentifier(qualifier)) return []
    const place = this.#exported(target, qualifier.text)
    return place ? [place] : []
  }

  #exported(file: string, name: string): Declared | undefined {
    const place = this.exportsOf(file).get(name)
    return place && 'file' in place ? place : undefined
  }

  #parse(file: string): ts.SourceFile {
    const known = this.#files.get(file)
    if (known) return known
    const text = this.#read(file)
    if (text === undefined) throw new Error(`${file} is not there`)
    const parsed = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true)
    this.#files.set(file, parsed)
    return parsed
  }
}

/** The path of an import within the package; undefined for other packages. */
function resolve(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  return posix.join(posix.dirname(from), specifier).replace(/(\.d)?\.[tj]sx?$/, '.d.ts')
}

function isExported(statement: ts.Statement): boolean {
  return ts.canHaveModifiers(statement)
    ? (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
    : false
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) =>
      ts.isIdentifier(name) ? name.text : [],
    )
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isModuleDeclaration(statement)
  return isNamed && statement.name ? [statement.name.text] : []
}

/** The name by which a type, a base or a `typeof` mentions a declaration. */
function mentionedName(node: ts.Node): string | undefined {
  if (ts.isTypeReferenceNode(node)) return leftmost(node.typeName)
  if (ts.isTypeQueryNode(node)) return leftmost(node.exprName)
  if (ts.isExpressionWithTypeArguments(node) && ts.isIdentifier(node.expression)) return node.expression.text
  // A computed key: `[symbol]: value`.
  if (ts.isComputedPropertyName(node) && ts.isIdentifier(node.expression)) return node.expression.text
  return undefined
}

function leftmost(name: ts.EntityName): string {
  return ts.isIdentifier(name) ? name.text : leftmost(name.left)
}
