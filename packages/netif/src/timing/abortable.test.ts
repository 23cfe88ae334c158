import { expect, test } from '@jest/globals'
import { abortable } from '@p2pd/netif'
import { listenersOf } from './testdata/listeners.ts'

test('settles as the work does, and leaves no listener', async () => {
  const { signal } = new AbortController()
  const listeners = listenersOf(signal)
  expect(await abortable(Promise.resolve('done'), signal)).toBe('done')
  await expect(abortable(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken')
  expect(await abortable(Promise.resolve('unbound'), undefined)).toBe('unbound')
  expect(listeners.size).toBe(0)
})

test('rejects with the reason as soon as the signal aborts; what the work does then is dropped', async () => {
  const controller = new AbortController()
  const listeners = listenersOf(controller.signal)
  let fail: (error: Error) => void = () => {}
  const work = new Promise<string>((_, reject) => (fail = reject))
  const ended = abortable(work, controller.signal)
  controller.abort(new Error('enough'))
  await expect(ended).rejects.toThrow('enough')
  fail(new Error('nobody waits for this one'))
  expect(listeners.size).toBe(0)
})

test('rejects when the signal has aborted before', async () => {
  const work = Promise.resolve('done')
  await expect(abortable(work, AbortSignal.abort(new Error('before')))).rejects.toThrow('before')
})
