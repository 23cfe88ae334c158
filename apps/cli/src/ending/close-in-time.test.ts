import { expect, test } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import { closeInTime } from './close-in-time.ts'

/** Closes something that never closes; tells whether the wait is over. */
function closing(interrupted: AbortSignal) {
  const clock = new ManualClock()
  const state = { isOver: false, clock }
  const never = { close: () => new Promise<void>(() => {}) }
  void closeInTime(never, interrupted, clock).then(() => {
    state.isOver = true
  })
  return state
}

test('a close that hangs is left after 5 s, by an interrupted command after 0.3 s', async () => {
  const patient = closing(new AbortController().signal)
  await patient.clock.advance(4999)
  expect(patient.isOver).toBe(false)
  await patient.clock.advance(1)
  await patient.clock.advance(0)
  expect(patient.isOver).toBe(true)
  const interrupted = closing(AbortSignal.abort())
  await interrupted.clock.advance(300)
  await interrupted.clock.advance(0)
  expect([interrupted.isOver, interrupted.clock.pending]).toEqual([true, 0])
})

test('an interrupt shortens a wait that has begun', async () => {
  const interrupt = new AbortController()
  const state = closing(interrupt.signal)
  await state.clock.advance(2000)
  interrupt.abort()
  await state.clock.advance(300)
  await state.clock.advance(0)
  expect([state.isOver, state.clock.pending]).toEqual([true, 0])
})

test('a close that ends leaves no timer', async () => {
  const clock = new ManualClock()
  await closeInTime({ close: () => Promise.resolve() }, new AbortController().signal, clock)
  expect(clock.pending).toBe(0)
})
