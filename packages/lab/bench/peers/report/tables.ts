import { type PairGroup, titleOf } from '../pairs.ts'
import type { SystemName } from '../systems.ts'
import type { Outcome, Spread, Summary } from './summary.ts'
import type { Expectation } from './expectations.ts'

/** The installation of a system by npm. */
export interface SystemWeight {
  readonly version: string
  readonly packages: number
  readonly megabytes: number | undefined
}

const GROUPS: Readonly<Record<PairGroup, string>> = {
  easy: 'easy pairs',
  symmetric: 'symmetric pairs',
  other: 'no UDP, or IPv6',
}

/** A row for each pair: direct and relayed calls of all, and the median times of cold and warm calls. */
export function pairTable(summary: Summary): string {
  const { systems } = summary
  const rows = summary.pairs.map((pair) => [
    titleOf(pair),
    ...systems.map((system) => cellText(summary.cell(system, pair))),
  ])
  return markdownTable(['caller, callee', ...systems], rows)
}

/** Rows of one figure each, over groups of pairs. */
export function totalsTable(
  summary: Summary,
  weights: Readonly<Partial<Record<SystemName, SystemWeight>>>,
): string {
  const { systems } = summary
  const row = (title: string, text: (system: SystemName) => string) => [title, ...systems.map(text)]
  const groups = (Object.keys(GROUPS) as PairGroup[]).filter((group) =>
    summary.pairs.some((pair) => pair.group === group),
  )
  return markdownTable(
    ['', ...systems],
    [
      row('version', (system) => weights[system]?.version ?? ''),
      ...groups.flatMap((group) => [
        row(`${GROUPS[group]}: direct, connected at all`, (system) => shares(summary.total(system, group))),
        row(`${GROUPS[group]}: cold call, p50 / p95`, (system) =>
          spread(summary.total(system, group).firstByte.cold),
        ),
        row(`${GROUPS[group]}: warm call, p50 / p95`, (system) =>
          spread(summary.total(system, group).firstByte.warm),
        ),
      ]),
      row('bytes a second, direct', (system) => rate(summary.total(system).directRate)),
      row('bytes a second, relayed', (system) => rate(summary.total(system).relayedRate)),
      row('processor time of a cold caller', (system) => milliseconds(summary.total(system).coldCpuMs)),
      row('memory of the caller', (system) => megabytes(summary.total(system).rssBytes)),
      row('`npm install`', (system) => weightText(weights[system])),
      row('import', (system) => milliseconds(summary.total(system).importMs)),
    ],
  )
}

/** Each claim with its verdict. */
export function expectationTable(expected: readonly Expectation[]): string {
  const rows = expected.map(({ claim, holds, detail }) => [claim, verdict(holds), detail])
  return markdownTable(['expected', 'holds', 'measured'], rows)
}

function verdict(holds: boolean | undefined): string {
  if (holds === undefined) return 'not measured'
  return holds ? 'yes' : '**no**'
}

/** `4 direct, 310 / 290 ms`. */
export function cellText({ attempts, direct, connected, firstByte }: Outcome): string {
  if (attempts === 0) return ''
  const relayed = connected - direct
  const failed = attempts - connected
  const ways = [
    ...(direct > 0 ? [`${direct} direct`] : []),
    ...(relayed > 0 ? [`${relayed} relayed`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ]
  if (connected === 0) return ways.join(', ')
  const times = [firstByte.cold.p50, firstByte.warm.p50].map((time) => time?.toFixed(0) ?? '–')
  return `${ways.join(', ')}: ${times.join(' / ')} ms`
}

function shares({ attempts, direct, connected }: Outcome): string {
  const share = (count: number) => `${((100 * count) / attempts).toFixed(0)} %`
  return attempts === 0 ? '' : `${share(direct)}, ${share(connected)}`
}

function spread({ p50, p95 }: Spread): string {
  return p50 === undefined || p95 === undefined ? '–' : `${p50.toFixed(0)} / ${p95.toFixed(0)} ms`
}

function rate(value: number | undefined): string {
  return value === undefined ? '–' : `${(value / 1e6).toFixed(1)} MB/s`
}

function megabytes(value: number | undefined): string {
  return value === undefined ? '–' : `${(value / 1e6).toFixed(0)} MB`
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? '–' : `${value.toFixed(0)} ms`
}

function weightText(weight: SystemWeight | undefined): string {
  return weight === undefined ? '' : `${weight.packages} packages, ${weight.megabytes ?? '?'} MB`
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}
