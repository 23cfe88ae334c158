import { expect, test } from '@jest/globals'
import { attempt } from './made-up.ts'
import { Summary } from './summary.ts'

const homes = { caller: 'home', callee: 'home' } as const
const random = { caller: 'random', callee: 'home' } as const

const summary = new Summary([
  attempt({
    system: 'p2pd',
    ...homes,
    start: 'cold',
    firstByteMs: 300,
    bytesPerSecond: 9,
    rssBytes: 5,
    cpuMs: 70,
  }),
  attempt({ system: 'p2pd', ...homes, firstByteMs: 200, bytesPerSecond: 11, importMs: 40, cpuMs: 90 }),
  attempt({ system: 'p2pd', ...homes, firstByteMs: 180, bytesPerSecond: 10, importMs: 60 }),
  attempt({ system: 'p2pd', ...random, way: 'relayed', firstByteMs: 900, bytesPerSecond: 3 }),
  attempt({ system: 'werift', ...random, way: 'none', reason: 'no echo in time' }),
])

test('the pairs are those that were run, in the order of the page', () => {
  expect(summary.pairs.map(({ caller, callee }) => `${caller} ${callee}`)).toEqual([
    'home home',
    'random home',
  ])
  expect(summary.systems).toEqual(['p2pd', 'werift'])
})

test('a cell tells cold calls from warm ones, and direct rates from relayed ones', () => {
  const [pair, other] = summary.pairs
  if (pair === undefined || other === undefined) throw new Error('two pairs were run')
  expect(summary.cell('p2pd', pair)).toEqual({
    attempts: 3,
    direct: 3,
    connected: 3,
    firstByte: { cold: { p50: 300, p95: 300 }, warm: { p50: 180, p95: 200 } },
    directRate: 10,
    relayedRate: undefined,
    rssBytes: 5,
    coldCpuMs: 70,
    importMs: 40,
  })
  expect(summary.cell('p2pd', other)).toMatchObject({ direct: 0, connected: 1, relayedRate: 3 })
  expect(summary.cell('werift', other)).toMatchObject({ attempts: 1, connected: 0 })
  expect(summary.cell('werift', pair)).toMatchObject({ attempts: 0 })
})

test('totals are over a group of pairs, over some pairs, or over all', () => {
  expect(summary.total('p2pd', 'easy')).toMatchObject({ attempts: 3, direct: 3 })
  expect(summary.total('p2pd')).toMatchObject({ attempts: 4, direct: 3, connected: 4 })
  expect(summary.over('p2pd', summary.pairs.slice(1))).toMatchObject({ attempts: 1, direct: 0 })
})
