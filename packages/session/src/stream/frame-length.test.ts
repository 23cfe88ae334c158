import { expect, test } from '@jest/globals'
import { frameLength } from './frame-length.ts'

test.each([
  ['few bytes, as they are', 100, 20, 200_000, false, 100],
  ['a write of 64 KiB, as four records', 65_536, 20, 200_000, false, 65_536 - 84],
  ['a write of 40,000 bytes, as it is', 40_000, 20, 200_000, false, 40_000],
  ['more than there is room for', 500_000, 20, 200_000, false, 200_000],
  ['a share, while other streams wait', 500_000, 20, 200_000, true, 65_472],
])('%s', (_what, sendable, used, room, isShared, length) => {
  expect(frameLength(sendable, used, room, isShared)).toBe(length)
})
