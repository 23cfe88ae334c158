import { expect, test } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import { watchWake } from './wake.ts'

test.each([
  ['the date has gone on while the clock stood still', 0, 60_000, 1],
  ['the clock has gone on as well', 60_000, 60_000, 1],
  ['the date was set by a second', 0, 1000, 0],
  ['the date was set back', 0, -60_000, 0],
])('%s', async (_name, clockMs, dateMs, wakes) => {
  const clock = new ManualClock()
  let aheadMs = 0
  let lateMs = 0
  let count = 0
  const late = {
    now: () => clock.now() + lateMs,
    at: (time: number, call: () => void) => clock.at(time - lateMs, call),
  }
  const stop = watchWake({ clock: late, wallClock: () => clock.now() + aheadMs }, () => count++)
  await clock.advance(60_000)
  expect(count).toBe(0)
  await clock.advance(5000)
  aheadMs += dateMs
  lateMs += clockMs
  await clock.advance(60_000)
  expect(count).toBe(wakes)
  stop()
  expect(clock.pending).toBe(0)
})
