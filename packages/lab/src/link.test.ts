import { expect, test } from '@jest/globals'
import { LinkDirection, type LinkSettings } from './link.ts'
import { createRandom } from './random.ts'

/** Arrivals of 10,000 packets of 100 bytes, one each `everyMs`. */
function arrivals(settings: LinkSettings, everyMs = 1): number[][] {
  const link = new LinkDirection(settings, createRandom(1))
  return Array.from({ length: 10_000 }, (_, i) => link.carry(100, i * everyMs))
}
const share = (all: number[][], copies: number) =>
  all.filter(({ length }) => length === copies).length / all.length
const isOrdered = (times: number[]) => times.every((time, i) => i === 0 || time >= (times[i - 1] as number))

test('delay alone is constant', () => {
  expect(arrivals({ delayMs: 7 }).every(([time], i) => time === i + 7)).toBe(true)
  expect(arrivals({}).flat()).toHaveLength(10_000)
})

test('jitter spreads the delay and keeps the order', () => {
  const times = arrivals({ delayMs: 10, jitterMs: 20 }, 30).flat()
  const delays = times.map((time, i) => time - i * 30)
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(10)
  expect(Math.max(...delays)).toBeLessThan(30)
  expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(19)
  expect(isOrdered(arrivals({ delayMs: 10, jitterMs: 20 }).flat())).toBe(true)
})

test('loss and duplication have their shares', () => {
  const all = arrivals({ loss: 0.1, duplicate: 0.2 })
  expect(share(all, 0)).toBeCloseTo(0.1, 1)
  expect(share(all, 2)).toBeCloseTo(0.9 * 0.2, 1)
})

test('reordering lets packets overtake', () => {
  const times = arrivals({ delayMs: 10, reorder: 0.1 }).flat()
  expect(isOrdered(times)).toBe(false)
  expect(times.filter((time, i) => time - i > 15).length / 10_000).toBeCloseTo(0.1, 1)
})

test('a slow line carries so many bits a second, queues 200 ms, and loses the rest', () => {
  const all = arrivals({ bitsPerSecond: 400_000 })
  const times = all.flat()
  expect(times.length / 10_000).toBeCloseTo(0.5, 1)
  expect(times[0]).toBe(2)
  expect(Math.max(...all.map(([time], i) => (time ?? i) - i))).toBeLessThan(204)
})
