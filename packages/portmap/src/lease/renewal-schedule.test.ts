import { expect, test } from '@jest/globals'
import { lostState } from './epoch.ts'
import { renewalTime, retryDelay } from './renewal-schedule.ts'

const after = (lifetimeSeconds: number, failures: number, jitter = 0) =>
  renewalTime({ grantedAt: 0, lifetimeSeconds, failures, jitter })

test('renewals as RFC 6887 §11.2.1 has them: 1/2, 3/4, 7/8, and 4 s apart at least', () => {
  expect([0, 1, 2, 3].map((failures) => after(3600, failures))).toEqual([
    1_800_000, 2_700_000, 3_150_000, 3_375_000,
  ])
  expect(after(3600, 0, 1)).toBe(2_250_000)
  expect(after(60, 3)).toBeUndefined()
  expect(after(60, 2)).toBe(52_500)
  expect(after(1, 0)).toBe(4000)
})

test('a mapping without an end is looked after every 20 minutes', () => {
  expect(after(0, 0)).toBe(1_200_000)
})

test('a day is not believed: renewed within an hour', () => {
  expect(after(86_400, 0)).toBe(3_600_000)
})

test('after a no: 30 s, doubled up to 20 min', () => {
  expect([1, 2, 3, 10].map((failures) => retryDelay(failures))).toEqual([30_000, 60_000, 120_000, 1_200_000])
})

test('a gateway that falls silent when it is asked is left alone for 20 min', () => {
  expect(retryDelay(1, true)).toBe(1_200_000)
})

test.each([
  ['goes on', 100, 3700, 3600, false],
  ['a second back, by rounding', 100, 99, 0, false],
  ['fell', 5000, 10, 600, true],
  ['fell by little', 100, 98, 1, true],
  ['runs a twentieth slow', 0, 3420, 3600, false],
  ['stands still', 100, 100, 600, true],
  ['jumped ahead', 100, 10_000, 600, true],
])('epoch: %s', (_name, before, now, elapsedSeconds, expected) => {
  const first = { epochSeconds: before, at: 0 }
  expect(lostState(first, { epochSeconds: now, at: elapsedSeconds * 1000 })).toBe(expected)
})
