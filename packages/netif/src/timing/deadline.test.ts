import { expect, test } from '@jest/globals'
import { abortable, withDeadline } from '@p2pd/netif'
import { ManualClock } from '../testing/manual-clock.ts'
import { listenersOf } from './testdata/listeners.ts'

/** Work that ends when its signal aborts, by an error of its own. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => reject(new Error('cut off'))
    if (signal.aborted) return fail()
    signal.addEventListener('abort', fail)
  })
}

test('gives the result of the operation, and leaves no timer and no listener', async () => {
  const clock = new ManualClock()
  const { signal } = new AbortController()
  const listeners = listenersOf(signal)
  const done = withDeadline({ clock, timeoutMs: 100, signal }, () => Promise.resolve('done'))
  expect([clock.pending, listeners.size]).toEqual([1, 1])
  expect(await done).toBe('done')
  expect([clock.pending, listeners.size]).toEqual([0, 0])
})

test('after the time-out the operation is aborted and the error says why, with NETIF_TIMEOUT', async () => {
  const clock = new ManualClock()
  const late = withDeadline({ clock, timeoutMs: 100 }, untilAborted)
  const checked = expect(late).rejects.toMatchObject({ code: 'NETIF_TIMEOUT', message: /100 ms/ })
  await clock.advance(100)
  await checked
})

test('the caller names the errors', async () => {
  const clock = new ManualClock()
  const caller = new AbortController()
  const errors = {
    timedOut: () => new Error('too late'),
    aborted: (cause: unknown) => new Error('given up', { cause }),
  }
  const late = withDeadline({ clock, timeoutMs: 1, ...errors }, untilAborted)
  const checked = expect(late).rejects.toThrow('too late')
  await clock.advance(1)
  await checked
  const ended = withDeadline({ clock, timeoutMs: 1, signal: caller.signal, ...errors }, untilAborted)
  caller.abort('why')
  await expect(ended).rejects.toMatchObject({ message: 'given up', cause: 'why' })
  expect(clock.pending).toBe(0)
})

test('the abort of the caller ends the operation with its reason', async () => {
  const clock = new ManualClock()
  const caller = new AbortController()
  const listeners = listenersOf(caller.signal)
  const ended = withDeadline({ clock, timeoutMs: 100, signal: caller.signal }, untilAborted)
  caller.abort(new Error('enough'))
  await expect(ended).rejects.toThrow('enough')
  expect([clock.pending, listeners.size]).toEqual([0, 0])
})

test('an operation begins even when the caller has aborted before, so that it can free what it holds', async () => {
  const clock = new ManualClock()
  const signals: boolean[] = []
  const ended = withDeadline(
    { clock, timeoutMs: 100, signal: AbortSignal.abort(new Error('before')) },
    (signal) => {
      signals.push(signal.aborted)
      return untilAborted(signal)
    },
  )
  await expect(ended).rejects.toThrow('before')
  expect([signals, clock.pending]).toEqual([[true], 0])
})

test('waits for the operation to end, and takes a result that comes in spite of the abort', async () => {
  const clock = new ManualClock()
  let end: (result: string) => void = () => {}
  const done = withDeadline(
    { clock, timeoutMs: 100 },
    () => new Promise<string>((resolve) => (end = resolve)),
  )
  await clock.advance(200)
  end('at last')
  expect(await done).toBe('at last')
})

test('an error of the operation is the error; so is one that it throws at once', async () => {
  const clock = new ManualClock()
  const broken = () => Promise.reject(new Error('broken'))
  await expect(withDeadline({ clock, timeoutMs: 100 }, broken)).rejects.toThrow('broken')
  const throws = () => {
    throw new Error('at once')
  }
  await expect(withDeadline({ clock, timeoutMs: 100 }, throws)).rejects.toThrow('at once')
  expect(clock.pending).toBe(0)
})

test('without a bound there is no timer', async () => {
  const clock = new ManualClock()
  const done = withDeadline({ clock, timeoutMs: Number.POSITIVE_INFINITY }, () => {
    expect(clock.pending).toBe(0)
    return Promise.resolve('done')
  })
  expect(await done).toBe('done')
})

test('with `abortable` it bounds work that takes no signal', async () => {
  const clock = new ManualClock()
  const silent = new Promise<string>(() => {})
  const late = withDeadline({ clock, timeoutMs: 100 }, (signal) => abortable(silent, signal))
  const checked = expect(late).rejects.toMatchObject({ code: 'NETIF_TIMEOUT' })
  await clock.advance(100)
  await checked
})
