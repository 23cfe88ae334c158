import { expect, test } from '@jest/globals'
import { CHUNK_LENGTH, MAX_PAYLOAD } from '../frame/frame.ts'
import { Slab } from './slab.ts'

test('memory of a chunk is used again when it was given back, and not before', () => {
  const slab = new Slab()
  const first = slab.allocate(MAX_PAYLOAD)
  const second = slab.allocate(CHUNK_LENGTH)
  expect([first.length, second.length]).toEqual([MAX_PAYLOAD, CHUNK_LENGTH])
  expect(second.buffer).not.toBe(first.buffer)
  // The bytes of a frame are a part of its memory.
  slab.release(first.subarray(40))
  slab.release(first)
  const [third, fourth] = [slab.allocate(CHUNK_LENGTH - 1), slab.allocate(CHUNK_LENGTH)]
  expect(third.buffer).toBe(first.buffer)
  expect(third.length).toBe(CHUNK_LENGTH - 1)
  expect([first.buffer, second.buffer]).not.toContain(fourth.buffer)
})

test('other memory that is given back is left alone', () => {
  const slab = new Slab()
  const small = slab.allocate(100)
  slab.release(small)
  slab.release(Buffer.alloc(MAX_PAYLOAD))
  expect(slab.allocate(100).byteOffset).not.toBe(small.byteOffset)
})
