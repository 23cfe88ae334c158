/** Why: a release is tried as its users get it: by name, from a registry, in empty folders, on each Node.js. */
import { mkdirSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { installConsumer, type Supply } from '../published/consumer.ts'
import type { NodeVersion } from '../published/node-versions.ts'
import type { PublishedPackage } from '../published/tarballs.ts'
import { checkExampleTypes, runTrial, trialsOf } from '../published/try-package.ts'
import { CommandError, runCommand } from '../setup/run-command.mjs'
import { checkEntryTypes } from './entry-types.ts'

/** The demo has 20 s, and npm its time to install. */
const npxTimeoutMs = 180_000

/** The faults of what was tried, by its column in the table: `types`, or a Node.js. */
export type Findings = Readonly<Record<string, readonly string[]>>

/** Tries one package alone: its types, and all that it offers on each Node.js. */
export async function tryAlone(
  one: PublishedPackage,
  supply: Supply,
  nodes: readonly NodeVersion[],
  folder: string,
): Promise<Findings> {
  const consumer = await installConsumer(one, supply, folder)
  const types = [...(await checkExampleTypes(consumer)), ...(await checkEntryTypes(one.manifest, consumer))]
  const found: Record<string, string[]> = { types }
  for (const node of nodes) {
    found[node.title] = []
    for (const trial of trialsOf(one.manifest, consumer, node))
      found[node.title]?.push(...(await runTrial(trial, consumer, node)))
  }
  return found
}

/** Runs `npx p2pd@TAG demo` in an empty folder on each Node.js. */
export async function tryNpx(
  tag: string,
  env: NodeJS.ProcessEnv,
  nodes: readonly NodeVersion[],
  work: string,
): Promise<Findings> {
  const found: Record<string, string[]> = {}
  for (const [index, node] of nodes.entries()) {
    const cwd = join(work, `npx-${index}`)
    mkdirSync(cwd)
    // Identities and settings of whoever runs this are out of bounds; programs find this Node first.
    const path = `${dirname(node.file)}${delimiter}${process.env['PATH']}`
    const own = { HOME: cwd, XDG_CONFIG_HOME: join(cwd, 'config'), NODE_OPTIONS: '', PATH: path }
    try {
      const options = { cwd, env: { ...env, ...own }, timeoutMs: npxTimeoutMs }
      await runCommand('npx', ['--yes', `p2pd@${tag}`, 'demo'], options)
      found[node.title] = []
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      found[node.title] = [`${error.message}\n${error.output}`]
    }
  }
  return found
}
