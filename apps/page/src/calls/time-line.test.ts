import { expect, test } from '@jest/globals'
import type { ReportLine } from '@p2pd/client'
import { layOutTimeLine, summaryOf, ticksTo } from './time-line.ts'

const line = (startMs: number, endMs: number, fields: Partial<ReportLine> = {}): ReportLine => ({
  strategy: 'direct',
  local: 'a',
  remote: 'b',
  startMs,
  endMs,
  outcome: 'failed',
  reason: 'refused',
  ...fields,
})

test('attempts that overlap lie below each other, those that follow share a row', () => {
  const { lanes } = layOutTimeLine([
    line(0, 10),
    line(5, 20),
    line(12, 30),
    line(0, 3, { strategy: 'relay' }),
  ])
  expect(lanes.map(({ strategy, rows }) => [strategy, rows])).toEqual([
    ['direct', 2],
    ['relay', 1],
  ])
  expect(lanes[0]?.attempts.map(({ row }) => row)).toEqual([0, 1, 0])
})

test('the winner is drawn among any number of attempts', () => {
  const many = Array.from({ length: 500 }, () => line(0, 100))
  const { lanes } = layOutTimeLine([...many, line(90, 100, { outcome: 'won' })])
  expect(lanes[0]?.attempts.some((attempt) => attempt.line.outcome === 'won')).toBe(true)
  expect((lanes[0]?.attempts.length ?? 0) + (lanes[0]?.hidden ?? 0)).toBe(501)
})

test('ticks are round and few', () => {
  for (const end of [1, 7, 12.3, 99, 350, 30_000]) {
    const ticks = ticksTo(end)
    expect(ticks.length).toBeGreaterThanOrEqual(3)
    expect(ticks.length).toBeLessThanOrEqual(9)
    expect(ticks.at(-1)).toBeLessThanOrEqual(end)
  }
  expect(ticksTo(350)).toEqual([0, 100, 200, 300])
})

test('a summary says how a call ended, and why', () => {
  expect(summaryOf([line(0, 5), line(0, 12, { outcome: 'won', strategy: 'tcp-punch' })])).toBe(
    'Connected by tcp-punch after 12 ms. Of the other attempts 1 failed.',
  )
  expect(summaryOf([line(0, 5), line(0, 6)])).toContain('No path was found. refused.')
})
