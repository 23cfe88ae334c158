/** Why: every entry, example and program of a package is run once as its users would. */
import { join } from 'node:path'
import { CommandError, runCommand } from '../setup/run-command.mjs'
import { root } from '../setup/workspace.mjs'
import type { Consumer } from './consumer.ts'
import type { NodeVersion } from './node-versions.ts'
import type { SourceManifest } from './tarballs.ts'

/** The contract gives the demo 20 s; the rest of the machine may be busy. */
const timeoutMs = 60_000

/** Runs TypeScript on a Node that does not. */
const tsx = import.meta.resolve('tsx')

/** Something to run in a consumer's folder. */
export interface Trial {
  readonly title: string
  readonly args: readonly string[]
}

/** The trials of an installed package: all its entries, its examples, its commands, the programs of its tests. */
export function trialsOf(manifest: SourceManifest, consumer: Consumer, node: NodeVersion): Trial[] {
  const programFiles = Object.values(manifest.bin ?? {})
  const entries = Object.entries(manifest.publishConfig?.exports ?? {})
    .filter(([, { default: file = '' }]) => !programFiles.includes(file)) // To import a program is to run it.
    .map(([subpath]) => `${manifest.name}${subpath.slice(1)}`)
    .map((entry) => ({ title: `require and import '${entry}'`, args: ['-e', loadBothWays(entry)] }))
  const examples = consumer.examples.map(({ title, file }) => ({
    title,
    args: node.runsTypeScript ? [file] : ['--import', tsx, file],
  }))
  const programs = Object.keys(manifest.bin ?? {}).flatMap((name) => {
    const program = join(consumer.folder, 'node_modules', '.bin', name)
    const help = { title: `${name} --help`, args: [program, '--help'] }
    return manifest.name === 'p2pd' ? [help, { title: `${name} demo`, args: [program, 'demo'] }] : [help]
  })
  const tests = consumer.programs.map(({ title, file }) => ({ title, args: [file] }))
  return [...entries, ...examples, ...programs, ...tests]
}

/** CommonJS and modules get the same thing, or a program would have two of each class. */
function loadBothWays(entry: string): string {
  const differs = `throw new Error('require and import differ')`
  return `const one = require('${entry}'); import('${entry}').then((two) => { if (one !== two) ${differs} })`
}

/** Runs one trial; returns what went wrong. */
export async function runTrial(trial: Trial, consumer: Consumer, node: NodeVersion): Promise<string[]> {
  // Identities and settings of whoever runs this are out of bounds.
  const env = { HOME: consumer.folder, XDG_CONFIG_HOME: join(consumer.folder, 'config'), NODE_OPTIONS: '' }
  try {
    await runCommand(node.file, trial.args, { cwd: consumer.folder, env, timeoutMs })
    return []
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return [`${trial.title} on ${node.title}: ${error.message}\n${error.output}`]
  }
}

/** Checks the examples against the types that are published; returns what went wrong. */
export async function checkExampleTypes(consumer: Consumer): Promise<string[]> {
  if (consumer.examples.length === 0) return []
  const options = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext', '--types', 'node']
  const roots = ['--typeRoots', join(root, 'node_modules', '@types'), '--skipLibCheck']
  try {
    const args = [...options, ...roots, ...consumer.examples.map(({ file }) => file)]
    await runCommand(join(root, 'node_modules', '.bin', 'tsc'), args, { cwd: consumer.folder, timeoutMs })
    return []
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return [`types of the examples: ${error.message}\n${error.output}`]
  }
}
