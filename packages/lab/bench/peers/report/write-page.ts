import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../../../../scripts/setup/workspace.mjs'
import type { SystemName } from '../systems.ts'
import { chartSvg } from './chart-svg.ts'
import { expectations } from './expectations.ts'
import { replaceSection } from './page.ts'
import type { Summary } from './summary.ts'
import { expectationTable, pairTable, type SystemWeight, totalsTable } from './tables.ts'

/** The circumstances of a run. */
export interface Conditions {
  readonly date: string
  readonly node: string
  readonly cores: number
  /** Load of the machine before the run and after it. */
  readonly load: readonly [number, number]
  readonly rounds: number
  readonly weights: Readonly<Partial<Record<SystemName, SystemWeight>>>
}

/** Above one process for each core they wait for each other. */
const BUSY =
  'So the machine was busy with other work, and slowed all systems down. Some calls were relayed or failed for that reason alone.'

const PAGE = join(root, 'docs', 'comparison.md')
const CHART = join(root, 'docs', 'images', 'comparison.svg')

/** Writes the tables into docs/comparison.md, and the chart beside it. */
export function writePage(summary: Summary, conditions: Conditions): void {
  const section = sectionOf(summary, conditions)
  writeFileSync(PAGE, replaceSection(readFileSync(PAGE, 'utf8'), 'bench peers', section))
  writeFileSync(CHART, chartSvg(summary, captionOf(conditions)))
}

function captionOf({ date, node }: Conditions): string {
  return `first byte of a warm call, ${date}, ${node}`
}

/** The part of the page that a run decides. */
export function sectionOf(summary: Summary, conditions: Conditions): string {
  const { date, node, cores, load, rounds, weights } = conditions
  const [before, after] = load.map((value) => value.toFixed(1))
  return [
    `The last run was on ${date}, under ${node} on Linux with ${cores} cores. The load was ${before} before it and ${after} after it.`,
    ...(Math.max(...load) > cores ? [BUSY] : []),
    `Each system made ${rounds} calls in each pair:`,
    '',
    `    pnpm bench peers --rounds ${rounds} --write`,
    '',
    '![The share of direct, relayed and failed calls of each system in each pair](images/comparison.svg)',
    '',
    'A cell has the calls by their way, and the median times of cold and warm calls to the first byte.',
    '',
    pairTable(summary),
    '',
    totalsTable(summary, weights),
    '',
    expectationTable(expectations(summary)),
  ].join('\n')
}
