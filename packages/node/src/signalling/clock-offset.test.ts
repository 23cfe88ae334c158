import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { estimateClockOffset } from './clock-offset.ts'

test('equal ways give the offset exactly', () => {
  // The peer is an hour ahead, each way takes 50 ms, the answer 7 ms.
  const hour = 3_600_000
  const stamps = { sentAt: 1000, receivedAt: 1050 + hour, answeredAt: 1057 + hour, returnedAt: 1107 }
  expect(estimateClockOffset(stamps)).toEqual({ offsetMs: hour, errorMs: 50 })
})

test('the offset is right within the reported error, whatever the ways', () => {
  const ms = fc.integer({ min: 0, max: 10_000 })
  const offsets = fc.integer({ min: -1e12, max: 1e12 })
  fc.assert(
    fc.property(ms, ms, ms, offsets, (there, back, thinking, offset) => {
      const receivedAt = there + offset
      const stamps = {
        sentAt: 0,
        receivedAt,
        answeredAt: receivedAt + thinking,
        returnedAt: there + thinking + back,
      }
      const { offsetMs, errorMs } = estimateClockOffset(stamps)
      expect(Math.abs(offsetMs - offset)).toBeLessThanOrEqual(errorMs)
    }),
  )
})
