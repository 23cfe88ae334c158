import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import { allowed } from './check-manifests.ts'
import { type ModuleReference, moduleReferences, packageName } from './module-references.ts'
import { isProtocolSource } from './protocol-source.ts'
import { layers, nodeTypesAllowed, testsMayImport } from './table.ts'
import {
  type Finding,
  isTestSource,
  type Manifest,
  manifestOf,
  packageFolder,
  sourceFiles,
  type Tree,
} from './tree.ts'

/** Development tools of the whole workspace, for tests. */
const toolsOfTests = ['@jest/globals', 'fast-check']

const builtins = new Set(builtinModules)

const isBuiltin = (specifier: string) => specifier.startsWith('node:') || builtins.has(specifier)

interface Importer {
  readonly path: string
  readonly manifest: Manifest
  readonly test: boolean
  readonly protocol: boolean
}

/** Imports follow the table, the manifests and the line between protocols and Node.js. */
export function checkImports(tree: Tree): Finding[] {
  return [...sourceFiles(tree)].flatMap(([path, file]) => {
    const manifest = manifestOf(tree, packageFolder(path))
    const importer = { path, manifest, test: isTestSource(path), protocol: isProtocolSource(tree, path) }
    return moduleReferences(file).flatMap((reference) => {
      const problem = problemOf(tree, importer, reference)
      return problem === undefined ? [] : [{ file: path, line: reference.line, message: problem }]
    })
  })
}

function problemOf(tree: Tree, importer: Importer, reference: ModuleReference): string | undefined {
  const { specifier } = reference
  if (specifier.startsWith('.')) return relativeProblem(importer, specifier)
  if (isBuiltin(specifier)) return builtinProblem(importer, reference)
  const name = packageName(specifier)
  if (name in layers) return workspaceProblem(tree, importer, specifier)
  return declared(importer, name) ? undefined : `${name} is not in the dependencies of package.json`
}

function relativeProblem({ path, protocol }: Importer, specifier: string): string | undefined {
  const target = posix.join(posix.dirname(path), specifier)
  const folder = packageFolder(path)
  if (!target.startsWith(`${folder}/`))
    return `${specifier} reaches into another package: import it by its name`
  if (protocol && target.startsWith(`${folder}/src/nodejs/`)) {
    return `${specifier}: protocol source does not know src/nodejs; have it handed in`
  }
  return undefined
}

function builtinProblem(
  { path, protocol }: Importer,
  { specifier, inType }: ModuleReference,
): string | undefined {
  if (!protocol) return undefined
  const { file, specifier: allowedType } = nodeTypesAllowed
  if (inType && path === file && specifier === allowedType) return undefined
  return `${specifier}: only src/nodejs may use Node.js; take a port from @p2pd/netif`
}

function workspaceProblem(tree: Tree, importer: Importer, specifier: string): string | undefined {
  const { manifest, test, protocol } = importer
  const name = packageName(specifier)
  const own = manifest.name ?? ''
  if (name !== own) {
    const mayImport = layers[own]?.mayImport ?? []
    const inTests = test && testsMayImport(own).includes(name)
    if (!mayImport.includes(name) && !inTests) return `${own} may not import ${name}: ${allowed(mayImport)}`
    if (!declared(importer, name)) return `${name} is not in the dependencies of package.json`
  }
  const subpath = `.${specifier.slice(name.length)}`
  const exported = manifestOf(tree, layers[name]?.folder ?? '').exports
  if (exported && !(subpath in exported)) return `${name} does not export ${subpath}`
  if (subpath === './testing' && !test) return `${specifier} is for tests`
  if (protocol && subpath === './node') {
    return `${specifier}: protocol source does not know Node.js; take a port from @p2pd/netif`
  }
  return undefined
}

function declared({ manifest, test }: Importer, name: string): boolean {
  const { dependencies, optionalDependencies, peerDependencies, devDependencies } = manifest
  const atRunTime = { ...dependencies, ...optionalDependencies, ...peerDependencies }
  if (name in atRunTime) return true
  return test && (name in (devDependencies ?? {}) || toolsOfTests.includes(name))
}
