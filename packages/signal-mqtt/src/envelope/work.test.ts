import { expect, test } from '@jest/globals'
import { nodeCrypto } from '../nodejs/node-crypto.ts'
import { seededRandom } from '../testdata/peers.ts'
import { isWork, WorkSearch } from './work.ts'

const random = seededRandom(23)

test('a number that was searched for is work for its tag, and for no other', () => {
  const [tag, other] = [random(16), random(16)]
  const found = new WorkSearch(nodeCrypto, tag).next(1_000_000) ?? new Uint8Array()
  expect(found.length).toBe(8)
  expect(isWork(nodeCrypto, tag, found)).toBe(true)
  expect(isWork(nodeCrypto, other, found)).toBe(false)
})

test('a search goes on where it stopped', () => {
  const tag = random(16)
  const atOnce = new WorkSearch(nodeCrypto, tag).next(1_000_000)
  const search = new WorkSearch(nodeCrypto, tag)
  let found: Uint8Array | undefined
  let slices = 0
  while (!found) {
    found = search.next(100)
    slices++
  }
  expect(found).toEqual(atOnce)
  expect(slices).toBeGreaterThan(1)
})

test('of numbers made up one in 8,192 is work', () => {
  const tag = random(16)
  const hits = Array.from({ length: 50_000 }, () => random(8)).filter((made) => isWork(nodeCrypto, tag, made))
  // 6 are to be expected; the numbers are the same in each run.
  expect(hits.length).toBeLessThan(20)
})
