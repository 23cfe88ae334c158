import { expect, test } from '@jest/globals'
import { chartSvg } from './chart-svg.ts'
import { attempt } from './made-up.ts'
import { replaceSection } from './page.ts'
import { Summary } from './summary.ts'
import { expectationTable, pairTable, totalsTable } from './tables.ts'
import { sectionOf } from './write-page.ts'

const homes = { caller: 'home', callee: 'home' } as const
const summary = new Summary([
  attempt({ system: 'p2pd', ...homes, start: 'cold', firstByteMs: 400.4, bytesPerSecond: 9.96e6 }),
  attempt({ system: 'p2pd', ...homes, way: 'relayed', firstByteMs: 900, bytesPerSecond: 2e6 }),
  attempt({ system: 'werift', ...homes, way: 'none' }),
])
const weights = { werift: { version: '0.25.2', packages: 37, megabytes: 31 } }

test('a row has the calls by their way, and the medians of cold and warm ones', () => {
  expect(pairTable(summary)).toBe(
    [
      '| caller, callee | p2pd | werift |',
      '|---|---|---|',
      '| home calls home | 1 direct, 1 relayed: 400 / 900 ms | 1 failed |',
    ].join('\n'),
  )
})

test('the totals have a row for each figure, and none for groups that were not run', () => {
  const table = totalsTable(summary, weights)
  expect(table).toContain('| easy pairs: direct, connected at all | 50 %, 100 % | 0 %, 0 % |')
  expect(table).toContain('| easy pairs: warm call, p50 / p95 | 900 / 900 ms | – |')
  expect(table).toContain('| bytes a second, direct | 10.0 MB/s | – |')
  expect(table).toContain('| `npm install` |  | 37 packages, 31 MB |')
  expect(table).not.toContain('symmetric')
})

test('a claim that does not hold stands out', () => {
  const claims = [true, false, undefined].map((holds) => ({ claim: 'so', holds, detail: '1' }))
  expect(expectationTable(claims).split('\n').slice(2)).toEqual([
    '| so | yes | 1 |',
    '| so | **no** | 1 |',
    '| so | not measured | 1 |',
  ])
})

test('the chart has bars as wide as the shares', () => {
  const svg = chartSvg(summary, 'a < b')
  expect(svg).toContain('<title>a &lt; b</title>')
  expect(svg.match(/width="56" height="18" fill="#2e9e5b"/g)).toHaveLength(1)
  expect(svg.match(/width="56" height="18" fill="#e0a526"/g)).toHaveLength(1)
  expect(svg).toContain('>900 ms</text>')
  expect(svg).toContain('>none</text>')
})

test('the section tells when, where and by which command', () => {
  const where = { date: '2026-11-28', node: 'Node 24', cores: 2, rounds: 2, weights }
  const section = sectionOf(summary, { ...where, load: [0.31, 1.5] })
  expect(section).toContain('on 2026-11-28, under Node 24 on Linux with 2 cores. The load was 0.3 before it')
  expect(section).toContain('    pnpm bench peers --rounds 2 --write')
  expect(section).not.toContain('busy')
  expect(sectionOf(summary, { ...where, load: [0.31, 2.5] })).toContain('the machine was busy')
})

test('only the section between the marks is replaced', () => {
  const page = 'before\n<!-- it: begin -->\nold\n<!-- it: end -->\nafter\n'
  const replaced = 'before\n<!-- it: begin -->\n\nnew\n\n<!-- it: end -->\nafter\n'
  expect(replaceSection(page, 'it', ' new\n')).toBe(replaced)
  expect(replaceSection(replaced, 'it', 'new')).toBe(replaced)
  expect(() => replaceSection(page, 'other', 'new')).toThrow('"other"')
})
