import { expect, test } from '@jest/globals'
import { backoffMs } from './backoff.ts'
import { afterFailure, afterSuccess, preferHealthy, UNKNOWN_HEALTH } from './broker-health.ts'

test('health falls with failures and comes back with successes', () => {
  let health = UNKNOWN_HEALTH
  const scores = Array.from({ length: 3 }, () => {
    health = afterFailure(health)
    return health.score
  })
  expect(scores).toEqual([expect.closeTo(0.7), expect.closeTo(0.49), expect.closeTo(0.343)])
  for (let i = 0; i < 10; i++) health = afterSuccess(health, 80)
  expect(health.score).toBeGreaterThan(0.95)
  expect(health.roundTripMs).toBe(80)
  expect(afterSuccess(health, 180).roundTripMs).toBeCloseTo(110)
})

test('what is up goes before what is not, the healthy before the poor, else the order stays', () => {
  const poor = { score: 0.2 }
  const brokers = [
    { name: 'down', status: { state: 'down', health: UNKNOWN_HEALTH } },
    { name: 'connecting', status: { state: 'connecting', health: UNKNOWN_HEALTH } },
    { name: 'poor', status: { state: 'up', health: poor } },
    { name: 'first', status: { state: 'up', health: UNKNOWN_HEALTH } },
    { name: 'second', status: { state: 'up', health: UNKNOWN_HEALTH } },
  ] as const
  expect(preferHealthy(brokers).map(({ name }) => name)).toEqual([
    'first',
    'second',
    'poor',
    'connecting',
    'down',
  ])
})

test('waits twice as long after each failure, up to a minute, spread by half', () => {
  expect([1, 2, 3, 7, 8, 100].map((failures) => backoffMs(failures, 1))).toEqual([
    500, 1000, 2000, 32_000, 60_000, 60_000,
  ])
  expect(backoffMs(1, 0)).toBe(250)
  expect(backoffMs(1, 0.5)).toBe(375)
})
