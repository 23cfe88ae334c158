import { expect, test } from '@jest/globals'
import { within } from '@p2pd/netif'
import { ManualClock } from '@p2pd/netif/testing'
import { listenersOf } from './testdata/listeners.ts'

test('settles as the work does, and leaves no timer', async () => {
  const clock = new ManualClock()
  expect(await within(clock, Promise.resolve('done'), 100)).toBe('done')
  await expect(within(clock, Promise.reject(new Error('broken')), 100)).rejects.toThrow('broken')
  expect(clock.pending).toBe(0)
})

test('resolves with undefined when the time is over; what the work does then is dropped', async () => {
  const clock = new ManualClock()
  let fail: (error: Error) => void = () => {}
  const work = new Promise<string>((_, reject) => (fail = reject))
  const result = within(clock, work, 100)
  await clock.advance(99)
  expect(clock.pending).toBe(1)
  await clock.advance(1)
  expect(await result).toBeUndefined()
  fail(new Error('nobody waits for this one'))
  expect(clock.pending).toBe(0)
})

test('rejects with the reason as soon as the signal aborts, and leaves nothing', async () => {
  const clock = new ManualClock()
  const controller = new AbortController()
  const listeners = listenersOf(controller.signal)
  const result = within(clock, new Promise(() => {}), 100, controller.signal)
  controller.abort(new Error('enough'))
  await expect(result).rejects.toThrow('enough')
  expect([clock.pending, listeners.size]).toEqual([0, 0])
})
