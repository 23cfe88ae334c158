import { expect, test } from '@jest/globals'
import type { PunchResult } from '../punching/run-punch.ts'
import type { Preset, PresetName } from '../preset.ts'
import { findPreset } from '../presets.ts'
import { type MatrixCell, matrixPresets, runCell, seedOf } from './cell.ts'
import { problemOf, problemsOf, summarize } from './limits.ts'
import { heatMapHead, heatMapRow, shortName } from './heat-map.ts'
import { heatMapSvg } from './heat-map-svg.ts'
import { runMatrix } from './run-matrix.ts'

const corner: readonly PresetName[] = ['open-equal', 'home', 'symmetric-independent', 'symmetric-random']
const presets = corner.flatMap((name) => findPreset(name) ?? [])

async function collect(seed: number): Promise<MatrixCell[]> {
  const cells: MatrixCell[] = []
  for await (const cell of runMatrix({ seed, presets, runs: 2 })) cells.push(cell)
  return cells
}

const ran = (outcome: PunchResult['outcome'], callerMs = 150): PunchResult => ({
  technique: 'window',
  outcome,
  callerMs,
  punchMs: callerMs,
  boundMs: 5000,
  ...(outcome === 'failed' && { reason: 'nothing came through' }),
})
const [home, other] = [findPreset('home'), findPreset('symmetric-equal')] as [Preset, Preset]

test('a corner of the matrix: what can work does, the rest is skipped, and the same seed gives the same', async () => {
  const cells = await collect(3)
  expect(cells.flatMap(problemsOf)).toEqual([])
  const letters = (protocol: string) =>
    corner.map((name) =>
      heatMapRow(
        name,
        cells.filter((cell) => cell.protocol === protocol && cell.caller === name),
        (letter) => letter,
      ).slice(-4),
    )
  expect(letters('udp')).toEqual(['kkoo', 'kkwb', 'oww·', 'ob··'])
  expect(letters('tcp')).toEqual(['kkoo', 'kkw·', 'oww·', 'o···'])
  expect(await collect(3)).toEqual(cells)
  expect(await collect(4)).not.toEqual(cells)
})

test('the picture has a cell for each pair and is well-formed', async () => {
  const cells = await collect(3)
  const svg = heatMapSvg(cells, presets, 'a < b & c')
  expect(svg.match(/<use /g)).toHaveLength(cells.length)
  expect(svg).toContain('a &lt; b &amp; c')
  expectWellFormed(svg)
})

test('a pair that fails once is run again, until the share is known', async () => {
  const run = (failures: number) =>
    runCell(home, other, 'udp', 5, (attempt) =>
      Promise.resolve(ran(attempt < failures ? 'failed' : 'connected')),
    )
  expect((await run(0)).runs).toHaveLength(5)
  const [once, thrice] = [await run(1), await run(3)]
  expect(once.runs).toHaveLength(40)
  expect(problemsOf(once)).toEqual([])
  expect(problemsOf(thrice)).toEqual(['connects in 37 of 40 runs: nothing came through'])
  expect(heatMapRow('home', [once, thrice], (letter, mood) => `${letter}${mood} `)).toMatch(
    /Wmostly Wseldom $/,
  )
})

test('what is late, slow, skipped or punched against the tables is named', async () => {
  const cell = (...runs: PunchResult[]): MatrixCell => {
    return { protocol: 'udp', caller: 'home', peer: 'carrier', expected: true, technique: 'window', runs }
  }
  expect(problemsOf(cell({ ...ran('connected'), punchMs: 5100 }))).toEqual([
    'takes 5100 ms, longer than its 5000 ms',
  ])
  const slow = ran('connected', 1200)
  expect(problemsOf(cell(slow))).toEqual([])
  expect(problemsOf(cell(slow, slow, slow, slow, slow))).toEqual(['p50 is 1250 ms, more than 1000 ms'])
  expect(problemsOf(cell({ ...ran('skipped'), reason: 'no way' }))).toEqual([
    'connects in 0 of 1 runs: no way',
  ])
  expect(problemsOf({ ...cell(ran('connected')), expected: false })).toEqual([
    'cannot work, and yet is not skipped',
  ])
  const [summary] = summarize([{ ...cell(ran('connected', 300)), technique: 'known-mappings' }])
  expect(summary).toMatchObject({ pairs: 1, runs: 1, connected: 1, p50Ms: 350, mostMs: 350 })
  expect(summary && problemOf(summary)).toBe('udp, known-mappings: p50 is 350 ms, more than 195 ms')
})

test('the columns are named, each by another two letters', () => {
  expect(matrixPresets).toHaveLength(35)
  expect(new Set(matrixPresets.map(({ name }) => shortName(name))).size).toBe(35)
  expect(heatMapHead(presets).map((line) => line.trim())).toEqual(['OhSS', 'eeir'])
})

test('a run has a seed of its own, whatever else is run', () => {
  const pair = { protocol: 'udp', caller: 'home', peer: 'carrier' } as const
  const seeds = [seedOf(1, pair, 0), seedOf(1, pair, 1), seedOf(2, pair, 0)]
  expect(new Set([...seeds, seedOf(1, { ...pair, protocol: 'tcp' }, 0)]).size).toBe(4)
})

/** Expects closed tags in order, quoted attributes and no bare ampersand. */
function expectWellFormed(xml: string): void {
  const open: string[] = []
  for (const [, closing, name = '', attributes = '', empty] of xml.matchAll(
    /<(\/?)([a-z]+)([^<>]*?)(\/?)>/g,
  )) {
    expect(attributes).toMatch(/^(\s+[\w:-]+="[^"<]*")*$/)
    if (closing === '/') expect(open.pop()).toBe(name)
    else if (empty === '') open.push(name)
  }
  expect(open).toEqual([])
  expect(xml.replace(/<[^<>]*>/g, '')).not.toMatch(/[<>]|&(?!(amp|lt|gt);)/)
}
