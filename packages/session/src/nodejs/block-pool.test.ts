import { expect, test } from '@jest/globals'
import { allocateBlock, releaseBlock } from './block-pool.ts'

const LARGE = 20_000

test('a block is used again after its release, once', () => {
  const first = allocateBlock(LARGE)
  releaseBlock(first)
  releaseBlock(first)
  const again = allocateBlock(LARGE)
  expect(again.buffer).toBe(first.buffer)
  expect(allocateBlock(LARGE).buffer).not.toBe(first.buffer)
})

test('a long piece comes from a long block, and never from a short one', () => {
  const short = allocateBlock(LARGE)
  releaseBlock(short)
  const long = allocateBlock(200_000)
  expect([long.length, long.buffer.byteLength]).toEqual([200_000, 262_144])
  releaseBlock(long)
  expect(allocateBlock(LARGE).buffer).toBe(short.buffer)
  expect(allocateBlock(100_000).buffer).toBe(long.buffer)
})

test('memory that is not a block is never handed out, whatever its length', () => {
  const foreign = new Uint8Array(65_536)
  const shared = Buffer.from(new ArrayBuffer(65_536), 0, 100) // The pool of Node.js 24 is that long.
  releaseBlock(foreign)
  releaseBlock(shared)
  const taken = Array.from({ length: 20 }, () => allocateBlock(LARGE).buffer)
  expect(taken).not.toContain(foreign.buffer)
  expect(taken).not.toContain(shared.buffer)
})
