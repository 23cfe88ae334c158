import { expect, test } from '@jest/globals'
import { nodeCrypto } from '../nodejs/node-crypto.ts'
import { brokersOf } from './rendezvous.ts'
import { alice, seededRandom } from '../testdata/peers.ts'

const urls = (count: number) => Array.from({ length: count }, (_, i) => `mqtt://broker-${i}.example`)
const random = seededRandom(5)
const keys = Array.from({ length: 600 }, () => random(32))
const of = (key: Uint8Array, list: readonly string[]) => brokersOf(nodeCrypto, key, list)

test('all of a short list, three of a longer one', () => {
  expect([0, 1, 5, 6, 50].map((count) => of(alice.publicKey, urls(count)).length)).toEqual([0, 1, 5, 3, 3])
  expect(new Set(of(alice.publicKey, urls(5)))).toEqual(new Set(urls(5)))
})

test('neither the order of the list nor who one logs in as matters', () => {
  const list = urls(10)
  expect(of(alice.publicKey, [...list].reverse())).toEqual(of(alice.publicKey, list))
  const withUser = list.map((url) => url.replace('//', '//user:password@'))
  expect(of(alice.publicKey, withUser).map((url) => url.replace('user:password@', ''))).toEqual(
    of(alice.publicKey, list),
  )
})

test('nodes spread evenly', () => {
  const counts = new Map(urls(10).map((url) => [url, 0]))
  for (const key of keys) for (const url of of(key, urls(10))) counts.set(url, (counts.get(url) ?? 0) + 1)
  // 180 each on average; five standard deviations are 56.
  for (const count of counts.values()) expect(Math.abs(count - 180)).toBeLessThan(56)
})

test('a broker that goes moves only the nodes that were on it', () => {
  const list = urls(10)
  const gone = list[4] ?? ''
  for (const key of keys) {
    const before = of(key, list)
    const after = of(
      key,
      list.filter((url) => url !== gone),
    ) // prettier-ignore
    expect(after.slice(0, before.length - 1)).toEqual(
      expect.arrayContaining(before.filter((url) => url !== gone).slice(0, 2)),
    )
    if (!before.includes(gone)) expect(after).toEqual(before)
  }
})
