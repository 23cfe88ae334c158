import { expect, test } from '@jest/globals'
import { sleep } from '@p2pd/netif'
import { ManualClock } from '../testing/manual-clock.ts'
import { listenersOf } from './testdata/listeners.ts'

test('waits for as long as it should', async () => {
  const clock = new ManualClock()
  const { signal } = new AbortController()
  const listeners = listenersOf(signal)
  let awake = false
  const slept = sleep(clock, 100, signal).then(() => (awake = true))
  await clock.advance(99)
  expect(awake).toBe(false)
  await clock.advance(1)
  expect(await slept).toBe(true)
  expect([clock.pending, listeners.size]).toEqual([0, 0])
})

test('rejects with the reason as soon as the signal aborts', async () => {
  const clock = new ManualClock()
  const controller = new AbortController()
  const listeners = listenersOf(controller.signal)
  const slept = sleep(clock, 100, controller.signal)
  controller.abort(new Error('enough'))
  await expect(slept).rejects.toThrow('enough')
  await expect(sleep(clock, 100, controller.signal)).rejects.toThrow('enough')
  expect([clock.pending, listeners.size]).toEqual([0, 0])
})
