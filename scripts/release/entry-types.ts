/** Why: editors and compilers find types by different rules; a package has to be found by each of them. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Consumer } from '../published/consumer.ts'
import type { SourceManifest } from '../published/tarballs.ts'
import { CommandError, runCommand } from '../setup/run-command.mjs'
import { root } from '../setup/workspace.mjs'

/** A rule to find modules, as `tsc` knows it, and the files that are compiled by it. */
interface Resolution {
  readonly title: string
  readonly options: readonly string[]
  /** CommonJS may `require` a module since Node 20.19; the rules of node16 are older. */
  readonly files: readonly ('entries.mts' | 'entries.cts')[]
}

const resolutions: readonly Resolution[] = [
  { title: 'nodenext', options: ['--module', 'nodenext'], files: ['entries.mts', 'entries.cts'] },
  { title: 'node16', options: ['--module', 'node16'], files: ['entries.mts'] },
  {
    title: 'bundler',
    options: ['--module', 'esnext', '--moduleResolution', 'bundler'],
    files: ['entries.mts'],
  },
]

/** Imports all entries with types into a program, and compiles it by each rule; returns what went wrong. */
export async function checkEntryTypes(manifest: SourceManifest, { folder }: Consumer): Promise<string[]> {
  const entries = Object.entries(manifest.publishConfig?.exports ?? {})
    .filter(([, { types }]) => types !== undefined)
    .map(([subpath]) => `${manifest.name}${subpath.slice(1)}`)
  if (entries.length === 0) return []
  const program = (line: (entry: string, name: string) => string) =>
    entries.map((entry, index) => `${line(entry, `entry${index}`)}\nexport { entry${index} }\n`).join('')
  writeFileSync(
    join(folder, 'entries.mts'),
    program((entry, name) => `import * as ${name} from '${entry}'`),
  )
  writeFileSync(
    join(folder, 'entries.cts'),
    program((entry, name) => `import ${name} = require('${entry}')`),
  )
  const findings = await Promise.all(resolutions.map((resolution) => compile(folder, resolution)))
  return findings.flat()
}

async function compile(folder: string, { title, options, files }: Resolution): Promise<string[]> {
  const common = ['--noEmit', '--strict', '--target', 'es2022', '--types', 'node', '--skipLibCheck']
  const roots = ['--typeRoots', join(root, 'node_modules', '@types')]
  try {
    const args = [...common, ...options, ...roots, ...files]
    await runCommand(join(root, 'node_modules', '.bin', 'tsc'), args, { cwd: folder })
    return []
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return [`types by the rules of ${title}: ${error.message}\n${error.output}`]
  }
}
