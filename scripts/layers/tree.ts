/** Why: rules read a tree of texts, so that tests can make trees up. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

/** Files by their path relative to the workspace; rules see nothing else, so tests make trees up. */
export type Tree = ReadonlyMap<string, string>

/** A broken rule: where, what, and why it is a rule. */
export interface Finding {
  readonly file: string
  readonly line?: number
  readonly message: string
}

/** A rule looks at the tree and returns where it is broken. */
export type Rule = (tree: Tree) => Finding[]

/** Not ours, or made from sources. */
const ignoredFolders = new Set(['node_modules', 'dist', '.turbo', 'coverage', 'api'])

const wantedFiles = /(\.tsx?|\.mjs|\.css|package\.json|\.md)$/

/** Reads a workspace: packages, apps, scripts and documents. */
export function readTree(root: string): Tree {
  const tree = new Map<string, string>()
  const read = (path: string) => tree.set(path, readFileSync(join(root, path), 'utf8'))
  const visit = (folder: string) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory()) {
        if (!ignoredFolders.has(entry.name)) visit(path)
      } else if (wantedFiles.test(entry.name)) {
        read(path)
      }
    }
  }
  for (const folder of ['packages', 'apps', 'scripts', 'docs'])
    if (existsSync(join(root, folder))) visit(folder)
  for (const name of readdirSync(root)) if (/\.(md|mjs)$/.test(name)) read(name)
  return tree
}

/** `packages/stun` of `packages/stun/src/index.ts`. */
export function packageFolder(path: string): string {
  return path.split('/').slice(0, 2).join('/')
}

/** The folders that hold a package. */
export function packageFolders(tree: Tree): string[] {
  return [...tree.keys()]
    .filter((path) => /^(packages|apps)\/[^/]+\/package\.json$/.test(path))
    .map(packageFolder)
}

/** The parts of a manifest the rules read. */
export interface Manifest {
  readonly name?: string
  readonly exports?: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** The manifest of the package in `folder`; empty when there is none. */
export function manifestOf(tree: Tree, folder: string): Manifest {
  return JSON.parse(tree.get(`${folder}/package.json`) ?? '{}') as Manifest
}

/** Tests, what only tests use, examples and benchmarks: not part of what a package does. */
export function isTestSource(path: string): boolean {
  const inPackage = path.split('/').slice(2)
  if (inPackage[0] !== 'src') return true
  return /\.test\.tsx?$/.test(path) || inPackage.includes('testdata') || inPackage.includes('testing')
}

/** The TypeScript files of packages and apps, parsed. */
export function sourceFiles(tree: Tree): Map<string, ts.SourceFile> {
  const files = new Map<string, ts.SourceFile>()
  for (const path of tree.keys()) {
    const file = /^(packages|apps)\/.*\.tsx?$/.test(path) ? parsedFile(tree, path) : undefined
    if (file) files.set(path, file)
  }
  return files
}

/** Parses a file of the tree once. */
export function parsedFile(tree: Tree, path: string): ts.SourceFile | undefined {
  const files = parsed.get(tree) ?? new Map<string, ts.SourceFile>()
  parsed.set(tree, files)
  const text = tree.get(path)
  const file =
    files.get(path) ??
    (text === undefined ? undefined : ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true))
  if (file) files.set(path, file)
  return file
}

const parsed = new WeakMap<Tree, Map<string, ts.SourceFile>>()

/** The line, counted from 1, that a node starts on. */
export function lineOf(node: ts.Node): number {
  const file = node.getSourceFile()
  return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1
}

/** Calls `visit` for a node and everything below it. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  ts.forEachChild(node, (child) => walk(child, visit))
}
