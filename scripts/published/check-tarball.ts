/** Why: a tarball can miss a file or a dependency that the workspace has. */
import { execFileSync } from 'node:child_process'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import ts from 'typescript'
import { moduleReferences, packageName } from '../layers/module-references.ts'
import { CommandError, runCommand } from '../setup/run-command.mjs'
import { root } from '../setup/workspace.mjs'
import type { Tarball } from './tarballs.ts'

/** Code, its types, the example-bearing README, the licence, the manifest: nothing else is published. */
const expectedContents = /^(package\.json|README\.md|LICENSE|dist\/.+\.(js|d\.ts))$/

/** The faults of the tarball itself, before anyone installs it. */
export async function checkTarball(tarball: Tarball): Promise<string[]> {
  const missing = ['package.json', 'README.md', 'LICENSE'].filter((path) => !tarball.contents.includes(path))
  return [
    ...missing.map((path) => `${path} is not in the tarball`),
    ...unexpectedContents(tarball.contents).map((path) => `${path} does not belong in the tarball`),
    ...undeclaredImports(tarball),
    ...(await toolFindings('publint', 'run', tarball.file, '--strict')),
    ...(await toolFindings('attw', tarball.file, '--profile', 'esm-only', '--no-color', '--format', 'ascii')),
  ]
}

/** Files that the manifest promises and the tarball lacks: `dist/index.js`. */
export function unbuiltEntries({ manifest, contents }: Pick<Tarball, 'manifest' | 'contents'>): string[] {
  const entries = Object.values(manifest.publishConfig?.exports ?? {}).flatMap((entry) =>
    Object.values(entry),
  )
  const promised = [...entries, ...Object.values(manifest.bin ?? {})].map((path) => path.replace(/^\.\//, ''))
  return promised.filter((path) => !contents.includes(path))
}

/** Paths that do not belong into a tarball: tests, their data, what a compiler remembers. */
export function unexpectedContents(contents: readonly string[]): string[] {
  const isTest = (path: string) => /\.test\.|\/(testdata|testing)\//.test(path)
  return contents.filter((path) => !expectedContents.test(path) || isTest(path))
}

/** Imports of published code that an installation would not bring. */
function undeclaredImports({ name, file, contents, manifest }: Tarball): string[] {
  const { dependencies, optionalDependencies, peerDependencies } = manifest
  const named = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })
  const declared = new Set([name, ...builtinModules, ...named])
  const scripts = contents.filter((path) => path.endsWith('.js') && unexpectedContents([path]).length === 0)
  return scripts.flatMap((path) => {
    const text = execFileSync('tar', ['-xzOf', file, `package/${path}`], { encoding: 'utf8' })
    const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true)
    return moduleReferences(source)
      .filter((specifier) => !/^(\.|node:)/.test(specifier) && !declared.has(packageName(specifier)))
      .map((specifier) => `${path} imports ${specifier}, which is not in dependencies`)
  })
}

async function toolFindings(tool: string, ...args: string[]): Promise<string[]> {
  try {
    await runCommand(join(root, 'node_modules', '.bin', tool), args)
    return []
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return [`${tool}: ${error.message}\n${error.output}`]
  }
}
