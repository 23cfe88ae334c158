/** Why: a tarball can miss a file that the workspace has. The bundler sees to it that no dependency is missing. */
import { join } from 'node:path'
import { CommandError, runCommand } from '../setup/run-command.mjs'
import { root } from '../setup/workspace.mjs'
import type { Tarball } from './tarballs.ts'

/** Code, its types, the example-bearing README, the manifest, the licences of all code, the page, the manual: nothing else is published. */
const expectedContents =
  /^(package\.json|README\.md|LICENSE|dist\/(page\/)?LICENCES\.txt|dist\/page\/(index\.html|page\.css|favicon\.svg)|man\/[a-z0-9]+\.1|dist\/.+\.(js|d\.ts))$/

/** The faults of the tarball itself, before anyone installs it. */
export async function checkTarball(tarball: Tarball): Promise<string[]> {
  const missing = ['package.json', 'README.md', 'LICENSE'].filter((path) => !tarball.contents.includes(path))
  return [
    ...missing.map((path) => `${path} is not in the tarball`),
    ...unexpectedContents(tarball.contents).map((path) => `${path} does not belong in the tarball`),
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

async function toolFindings(tool: string, ...args: string[]): Promise<string[]> {
  try {
    await runCommand(join(root, 'node_modules', '.bin', tool), args)
    return []
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return [`${tool}: ${error.message}\n${error.output}`]
  }
}
