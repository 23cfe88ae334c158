import { expect, test } from '@jest/globals'
import { takeTurns } from './take-turns.ts'

/** A clock that only the test moves. */
function handClock() {
  let now = 1000
  return { now: () => now, at: () => () => {}, pass: (ms: number) => void (now += ms) }
}

test('work runs some at a time; what failed is counted with its first reason', async () => {
  const clock = handClock()
  let [running, most] = [0, 0]
  const { signal } = new AbortController()
  const summary = await takeTurns({ count: 10, atOnce: 3, clock, until: 2000, signal }, async (index) => {
    most = Math.max(most, ++running)
    await Promise.resolve()
    running--
    if (index % 5 === 4) throw new Error(`broken ${index}`)
  })
  expect(most).toBe(3)
  expect(summary).toMatchObject({ done: 8, failed: 2, left: 0, p50Ms: 0, reason: 'broken 4' })
})

test('work that was not begun in time is left', async () => {
  const clock = handClock()
  const { signal } = new AbortController()
  const summary = await takeTurns({ count: 10, atOnce: 1, clock, until: 1250, signal }, async () =>
    clock.pass(100),
  )
  expect(summary).toEqual({
    done: 3,
    failed: 0,
    left: 7,
    elapsedMs: 300,
    perSecond: 10,
    p50Ms: 100,
    p95Ms: 100,
  })
})

test('an abort ends the turns with its reason', async () => {
  const stop = new AbortController()
  const turns = { count: 10, atOnce: 2, clock: handClock(), until: 2000, signal: stop.signal }
  const work = takeTurns(turns, async () => stop.abort(new Error('enough')))
  await expect(work).rejects.toThrow('enough')
})
