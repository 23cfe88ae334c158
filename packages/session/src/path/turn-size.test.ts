import { expect, test } from '@jest/globals'
import { TurnSize } from './turn-size.ts'

/** The size after a second at a rate, acknowledged every 10 ms. */
function after(bytesPerMs: number): number {
  const turn = new TurnSize()
  for (let now = 5000; now <= 6000; now += 10) turn.acknowledge(now * bytesPerMs, now)
  return turn.bytes
}

test.each([
  ['1 Mbit/s', 125, 65_536],
  ['100 Mbit/s', 12_500, 65_536],
  ['300 Mbit/s', 37_500, 131_072],
  ['1 Gbit/s', 125_000, 262_144],
] as const)('a turn on a path of %s', (_, bytesPerMs, expected) => {
  expect(after(bytesPerMs)).toBe(expected)
})

test('a path that has become slow, and a new path, get short turns', () => {
  const turn = new TurnSize()
  turn.acknowledge(0, 0)
  turn.acknowledge(10_000_000, 50)
  expect(turn.bytes).toBe(262_144)
  turn.acknowledge(10_100_000, 150)
  expect(turn.bytes).toBe(65_536)
  turn.acknowledge(30_000_000, 250)
  turn.reset()
  turn.acknowledge(60_000_000, 251)
  expect(turn.bytes).toBe(65_536)
})
