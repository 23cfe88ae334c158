import { expect, test } from '@jest/globals'
import { PoorPath } from './poor-path.ts'

const EVERY_MS = 10_000

/** The numbers of the answers at which a search begins, for answers 10 s apart. */
function searches(roundTrips: readonly number[], path = new PoorPath()): number[] {
  return roundTrips.flatMap((ms, index) => (path.sample(ms, index * EVERY_MS) ? [index + 1] : []))
}

const times = (count: number, ...pattern: number[]): number[] =>
  Array.from({ length: count }, () => pattern).flat()

test.each<[string, number[], number[]]>([
  ['a good path', times(100, 50), []],
  ['three long answers in a row', [50, 200, 200, 200], [4]],
  ['two, then a short one', times(20, 50, 200, 200), []],
  ['twice as long, less than 100 ms longer', [20, ...times(20, 110)], []],
  ['100 ms longer, less than twice as long', [200, ...times(20, 390)], []],
  ['both', [200, ...times(3, 400)], [4]],
  ['more than 1.4 s from the start', times(3, 1500), [3]],
  ['a satellite', times(20, 1250, 1300), []],
  ['a path that stays poor: after one minute, two, four ...', [50, ...times(80, 300)], [4, 10, 22, 46]],
  [
    'good again, then poor: the next search waits for its minute',
    [50, ...times(3, 300), 50, 50, 50, 300, 300, 300],
    [4, 10],
  ],
  ['hysteresis: between 1.5 and 2 times it stays poor', [200, ...times(3, 500), ...times(6, 350)], [4, 10]],
])('%s', (_, roundTrips, expected) => {
  expect(searches(roundTrips)).toEqual(expected)
})

test('a session that has moved begins with the next path, and not with the next search', () => {
  const path = new PoorPath()
  expect(searches([50, 300, 300, 300], path)).toEqual([4])
  path.reset()
  expect(path.isPoor).toBe(false)
  // The clock of these begins anew: all of them are within the minute.
  expect(searches([300, 300, 300, 300], path)).toEqual([])
  expect(searches([700, 700, 700], path)).toEqual([])
  expect(path.isPoor).toBe(true)
})
