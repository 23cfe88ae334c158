/** Why: a release is tried as its users get it: by name, from a registry, in empty folders, on each Node.js. */
import { mkdirSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { installConsumer, type Supply } from '../published/consumer.ts'
import type { NodeVersion } from '../published/node-versions.ts'
import type { Tarball } from '../published/tarballs.ts'
import { checkExampleTypes, runTrial, trialsOf } from '../published/try-package.ts'
import { CommandError, runCommand } from '../setup/run-command.mjs'
import { checkEntryTypes } from './entry-types.ts'
import type { Row } from './table.ts'

/** The demo has 20 s, and npm its time to install. */
const npxTimeoutMs = 180_000

/** The column of what no Node.js runs. */
export const typesColumn = 'types'

/** Tries one package alone: its types, and all that it offers on each Node.js. */
export async function tryAlone(
  tarball: Tarball,
  supply: Supply,
  nodes: readonly NodeVersion[],
  folder: string,
): Promise<Row> {
  const consumer = await installConsumer(tarball, supply, folder)
  const types = [
    ...(await checkExampleTypes(consumer)),
    ...(await checkEntryTypes(tarball.manifest, consumer)),
  ]
  const cells = new Map([[typesColumn, types]])
  for (const node of nodes) {
    const findings: string[] = []
    for (const trial of trialsOf(tarball.manifest, consumer, node))
      findings.push(...(await runTrial(trial, consumer, node)))
    cells.set(node.title, findings)
  }
  return { title: tarball.name, cells }
}

/** Runs `npx p2pd@TAG demo` in an empty folder on each Node.js. */
export async function tryNpx(
  tag: string,
  env: NodeJS.ProcessEnv,
  nodes: readonly NodeVersion[],
  work: string,
): Promise<Row> {
  const cells = new Map<string, readonly string[]>()
  for (const [index, node] of nodes.entries()) {
    const cwd = join(work, `npx-${index}`)
    mkdirSync(cwd)
    // Identities and settings of whoever runs this are out of bounds; programs find this Node first.
    const path = `${dirname(node.file)}${delimiter}${process.env['PATH']}`
    const own = { HOME: cwd, XDG_CONFIG_HOME: join(cwd, 'config'), NODE_OPTIONS: '', PATH: path }
    try {
      const options = { cwd, env: { ...env, ...own }, timeoutMs: npxTimeoutMs }
      await runCommand('npx', ['--yes', `p2pd@${tag}`, 'demo'], options)
      cells.set(node.title, [])
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      cells.set(node.title, [`${error.message}\n${error.output}`])
    }
  }
  return { title: `npx p2pd@${tag} demo`, cells }
}
