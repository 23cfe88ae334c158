/**
 * Every preset against every other, UDP and TCP, both as callers, five seeds each: what punches, and how fast.
 * `pnpm bench punch-matrix`; arguments when run alone: [SEEDS [FIRST_SEED]].
 */
import { styleText } from 'node:util'
import { natTypes, type Preset, presetList } from '@p2pd/lab'
import { punchPair, type PairResult, R_D, R_S } from '../test/punch-pair.ts'
import type { Protocol } from '../test/punch-side.ts'

/** What every technique has to reach, and how far easy pairs may be from the floor of half R_s + 2 R_d. */
const LEAST_SHARE = 0.95
const FLOOR_MS = R_S / 2 + 2 * R_D
const MOST_OVER_FLOOR = 1.3
const WINDOW_P50_MS = 1000
const BIRTHDAY_P50_MS = 3000

const [, , seedsWanted = '5', firstSeed = '1'] = process.argv
const seeds = Array.from({ length: Number(seedsWanted) }, (_, i) => Number(firstSeed) + i)
const classics = presetList.filter(({ name }) => natTypes.some((type) => name.startsWith(type)))
const cells = classics.slice(0, natTypes.length * 5)

const failures: string[] = []

interface Cell {
  readonly technique: string
  readonly results: readonly PairResult[]
}

async function runCell(protocol: Protocol, a: Preset, b: Preset): Promise<Cell> {
  const results: PairResult[] = []
  for (const first of seeds) {
    // Another Internet for each pair, or all would lose the same packets.
    const seed = first * cells.length ** 2 + cells.indexOf(a) * cells.length + cells.indexOf(b)
    const result = await punchPair({ protocol, seed, hosts: [{ nat: a.settings }, { nat: b.settings }] })
    if (result.outcome === 'failed')
      failures.push(`${protocol} ${a.name} ${b.name} ${seed}: ${result.reason}`)
    results.push(result)
  }
  return { technique: results[0]?.technique ?? '', results }
}

const connected = ({ results }: Cell) => results.filter(({ outcome }) => outcome === 'connected')
const LETTERS: Readonly<Record<string, string>> = {
  'known-mappings': 'k',
  'open-then-listen': 'o',
  window: 'w',
  birthday: 'b',
  impossible: '·',
}

/** A letter for the technique, in the colour of its success; a capital one, without colours, for less than all. */
function paint(cell: Cell): string {
  const letter = LETTERS[cell.technique] ?? '?'
  if (process.stdout.isTTY !== true) {
    return connected(cell).length < cell.results.length && letter !== '·' ? letter.toUpperCase() : letter
  }
  if (cell.technique === 'impossible') return styleText('gray', letter)
  const share = connected(cell).length / cell.results.length
  if (share === 1) return styleText(['bgGreen', 'black'], letter)
  return share >= 0.5 ? styleText(['bgYellow', 'black'], letter) : styleText(['bgRed', 'black'], letter)
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/** One line for each technique; tells whether its promises hold. */
function summarize(technique: string, group: readonly Cell[]): boolean {
  const runs = group.flatMap(({ results }) => results)
  if (technique === 'impossible') {
    console.log(`${technique.padEnd(18)} ${group.length} pairs, skipped at once`)
    return runs.every(({ outcome }) => outcome === 'skipped')
  }
  const won = group.flatMap(connected)
  const times = won.map(({ callerMs }) => callerMs + R_D).toSorted((a, b) => a - b)
  const share = won.length / runs.length
  const [p50, p95, most] = [percentile(times, 0.5), percentile(times, 0.95), percentile(times, 1)]
  const figures = [p50, p95, most].map((ms) => `${ms.toFixed(0)} ms`.padStart(9)).join('')
  const pairs = `${group.length} pairs`.padStart(10)
  console.log(`${technique.padEnd(18)}${pairs}${`${(share * 100).toFixed(1)} %`.padStart(9)}${figures}`)
  const limits: Readonly<Record<string, number>> = {
    'known-mappings': FLOOR_MS * MOST_OVER_FLOOR,
    window: WINDOW_P50_MS,
    birthday: BIRTHDAY_P50_MS,
  }
  return share >= LEAST_SHARE && p50 <= (limits[technique] ?? Number.POSITIVE_INFINITY)
}

async function runMatrix(protocol: Protocol): Promise<boolean> {
  console.log(`\n${protocol.toUpperCase()}: rows call, columns are called; in the order of the preset list`)
  const all: Cell[] = []
  for (const a of cells) {
    const row: Cell[] = []
    for (const b of cells) row.push(await runCell(protocol, a, b))
    console.log(`${a.name.padEnd(28)}${row.map(paint).join('')}`)
    all.push(...row)
  }
  console.log(
    `\n${''.padEnd(28)}   share      p50      p95     most: authenticated at the caller (one R_d after)`,
  )
  const good = Object.keys(LETTERS).map((technique) => {
    const group = all.filter((cell) => cell.technique === technique)
    return group.length === 0 || summarize(technique, group)
  })
  return good.every(Boolean)
}

console.log(`R_s ${R_S} ms, R_d ${R_D} ms, 20 ms jitter, 1 % loss; seeds ${seeds.join(', ')}`)
const startedAt = performance.now()
const good = [await runMatrix('udp'), await runMatrix('tcp')]
console.log(`\n${((performance.now() - startedAt) / 1000).toFixed(0)} s`)
for (const failure of failures) console.log(failure)
if (!good.every(Boolean)) process.exitCode = 1
