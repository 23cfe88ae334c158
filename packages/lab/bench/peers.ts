/**
 * p2pd beside hyperdht, werift and js-libp2p: calls between new processes, through real kernels and the same NATs, in turn.
 * Each system has its own servers. npm fetches the others into the user's cache. It needs root and about 20 minutes.
 * `pnpm bench peers [--rounds 2] [--pairs PART] [--systems NAME,NAME] [--write]`; a round calls once in each pair, cold in odd
 * rounds and warm in even ones. `--write` renders docs/comparison.md.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { kernelInternetSupport } from '@p2pd/lab'
import { nodeVersions } from '../../../scripts/published/node-versions.ts'
import type { Attempt } from './peers/attempt.ts'
import { install, type Installation } from './peers/install.ts'
import { pairs, titleOf } from './peers/pairs.ts'
import { PeersLab } from './peers/peers-lab.ts'
import { expectations } from './peers/report/expectations.ts'
import { Summary } from './peers/report/summary.ts'
import { expectationTable, pairTable, totalsTable } from './peers/report/tables.ts'
import { type Conditions, writePage } from './peers/report/write-page.ts'
import { type System, systems, usualSystems } from './peers/systems.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '2' },
    pairs: { type: 'string', default: '' },
    systems: { type: 'string', default: usualSystems.join() },
    write: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const names = values.systems.split(',')
const wantedSystems = systems.filter(({ name }) => names.includes(name))
const wantedPairs = pairs.filter((pair) => titleOf(pair).includes(values.pairs))

/** Calls in each pair, system after system in each round, so that a busy moment meets all of them. */
async function measure(installation: Installation, node: string): Promise<Attempt[]> {
  const attempts: Attempt[] = []
  for (const pair of wantedPairs) {
    const lab = await PeersLab.open(pair, installation, node)
    try {
      for (let round = 0; round < rounds; round++) {
        for (const system of wantedSystems) attempts.push(await attempt(lab, installation, system, round))
      }
    } finally {
      await lab.close()
    }
  }
  return attempts
}

async function attempt(
  lab: PeersLab,
  installation: Installation,
  system: System,
  round: number,
): Promise<Attempt> {
  const installed = installation[system.name]
  if (installed === undefined) throw new Error(`${system.name} is not installed`)
  const made = await lab.attempt(system, installed, round % 2 === 0 ? 'cold' : 'warm')
  const { way, start, firstByteMs, reason = '' } = made
  console.log(`${titleOf(made)}: ${system.name} ${start} ${way} ${firstByteMs?.toFixed(0) ?? ''} ${reason}`)
  return made
}

async function compare(): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'p2pd-peers-'))
  process.once('exit', () => rmSync(work, { recursive: true, force: true }))
  const node = nodeVersions().at(-1) ?? { title: process.version, file: process.execPath }
  const installed = []
  for (const system of wantedSystems) installed.push([system.name, await install(system, work)] as const)
  const installation: Installation = Object.fromEntries(installed)
  const loadBefore = loadavg()[0] ?? 0
  const attempts = await measure(installation, node.file)
  const summary = new Summary(attempts)
  const conditions: Conditions = {
    date: new Date().toISOString().slice(0, 10),
    node: node.title,
    cores: cpus().length,
    load: [loadBefore, loadavg()[0] ?? 0],
    rounds,
    weights: Object.fromEntries(
      installed.map(([name, { weight, version }]) => [name, { ...weight, version }]),
    ),
  }
  console.log(`\n${pairTable(summary)}\n\n${totalsTable(summary, conditions.weights)}\n`)
  console.log(expectationTable(expectations(summary)))
  if (values.write) writePage(summary, conditions)
}

const support = kernelInternetSupport()
if (support.ok) await compare()
else console.log(`no kernel Internet here: ${support.reason}`)
