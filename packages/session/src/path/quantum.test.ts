import { expect, test } from '@jest/globals'
import { Quantum } from './quantum.ts'

const KIB = 1024

function after(turns: readonly (readonly [bytes: number, tookMs: number])[]): number {
  const quantum = new Quantum()
  let now = 1000
  for (const [bytes, tookMs] of turns) {
    quantum.hand(bytes, now)
    now += tookMs
    quantum.ready(now)
  }
  return quantum.bytes / KIB
}

test('a path that takes bytes quickly is handed up to four times as many', () => {
  expect(after([])).toBe(64)
  expect(after([[64 * KIB, 1]])).toBe(128)
  expect(after(Array.from({ length: 5 }, () => [64 * KIB, 4] as const))).toBe(256)
})

test('a path that becomes slow is handed the least again', () => {
  expect(
    after([
      [64 * KIB, 0],
      [128 * KIB, 0],
      [256 * KIB, 5],
    ]),
  ).toBe(64)
})

test('a few bytes say nothing about a path', () => {
  expect(after([[100, 0]])).toBe(64)
  expect(
    after([
      [64 * KIB, 0],
      [100, 1000],
    ]),
  ).toBe(128)
})
