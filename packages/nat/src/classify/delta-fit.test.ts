import { expect, test } from '@jest/globals'
import type { DeltaType, PortRange } from '../report/behaviour.ts'
import type { Allocation } from './allocations.ts'
import { fitDelta } from './delta-fit.ts'
import { estimateRange } from './port-range.ts'

/** Local ports as they are probed: every second one beside the one before. */
const INTERNAL = [41000, 41001, 8123, 8124, 30777, 30778, 60111, 60112, 20042, 20043, 50500, 50501]

/** Numbers that look random, the same each time. */
function* scattered(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (state * 1664525 + 1013904223) >>> 0
    yield state / 2 ** 32
  }
}

function allocations(rule: (internal: number, index: number) => number): Allocation[] {
  return INTERNAL.map((internalPort, index) => ({
    internalPort,
    externalPort: rule(internalPort, index),
    fresh: true,
    next: index > 0,
  }))
}

const fold = (port: number, [low, high]: PortRange) =>
  low + ((((port - low) % (high - low + 1)) + (high - low + 1)) % (high - low + 1))

test.each<[string, DeltaType, number, (internal: number, index: number) => number]>([
  ['kept', 'equal', 0, (port) => port],
  ['kept except for one that was taken', 'equal', 0, (port, i) => (i === 3 ? 33333 : port)],
  ['a constant away', 'preserving', 100, (port) => port + 100],
  ['a constant away, folded', 'preserving', 20000, (port) => fold(port + 20000, [1024, 65535])],
  ['counting', 'independent', 1, (_, i) => 3000 + i],
  ['counting down by 4', 'independent', -4, (_, i) => 3000 - 4 * i],
  [
    'counting with others in between',
    'independent',
    1,
    (_, i) => 3000 + i + Math.floor(i / 3) + Math.floor(i / 4),
  ],
  ['counting by 4 with others in between', 'independent', 4, (_, i) => 3000 + 4 * (i + Math.floor(i / 3))],
  ['counting over the end of the range', 'independent', 1, (_, i) => fold(65530 + i, [1024, 65535])],
])('%s', (_, type, value, rule) => {
  const fit = fitDelta(allocations(rule))
  expect(fit.delta).toEqual({ type, value })
  expect(fit.confidence).toBeGreaterThan(0.98)
})

test('following neighbours only', () => {
  const random = scattered(7)
  let last = 0
  const fit = fitDelta(
    allocations((_, i) => {
      last = i % 2 === 1 ? last + 5 : 1024 + Math.floor((random.next().value as number) * 64000)
      return last
    }),
  )
  expect(fit.delta).toEqual({ type: 'dependent', value: 5 })
})

test('random ports follow no rule, whatever the seed', () => {
  const wrong = Array.from({ length: 200 }, (_, seed) => {
    const random = scattered(seed * 7919)
    return fitDelta(allocations(() => 1024 + Math.floor((random.next().value as number) * 64512)))
  }).filter(({ delta }) => delta.type !== 'random')
  expect(wrong).toEqual([])
})

test('a folded rule tells the width of the range', () => {
  const range: PortRange = [40960, 43007]
  const points = allocations((port) => fold(port, range))
  const fit = fitDelta(points)
  expect(fit).toMatchObject({ delta: { type: 'equal' }, modulus: 2048 })
  const estimate = estimateRange(points, fit).range
  expect(estimate[1] - estimate[0]).toBe(2047)
})

test('nothing seen, nothing sure', () => {
  expect(fitDelta([]).confidence).toBeLessThan(0.5)
})

test('a range of 2,048 drawn from a hundred times is known within 5 %', () => {
  const off = Array.from({ length: 100 }, (_, seed) => {
    const random = scattered(seed * 104729 + 1)
    const points = Array.from({ length: 108 }, () => ({
      internalPort: 1,
      externalPort: 30000 + Math.floor((random.next().value as number) * 2048),
      fresh: true,
      next: false,
    }))
    const [low, high] = estimateRange(points, fitDelta(points.slice(0, 40))).range
    return Math.abs(high - low + 1 - 2048) / 2048
  }).filter((error) => error > 0.05)
  expect(off).toEqual([])
})

test('a counter shows its range when it turns over', () => {
  const points = allocations((_, i) => fold(43000 + i, [40960, 43007]))
  expect(estimateRange(points, fitDelta(points))).toEqual({ range: [40960, 43007], measured: true })
})
