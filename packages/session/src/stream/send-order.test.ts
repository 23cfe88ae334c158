import { expect, test } from '@jest/globals'
import { SendOrder } from './send-order.ts'
import { newStream, type Stream } from './stream.ts'
import { ExtraCredit } from './receive-window.ts'

const BATCH = 65_536

function streamOf(id: number, bytes: number): Stream {
  const stream = newStream(id, '', new ExtraCredit(), 0)
  stream.sender.write([new Uint8Array(bytes)])
  return stream
}

/** Takes the next stream as `StreamSet` does. */
const next = (order: SendOrder, now: number, used = 0) =>
  (order.takeShort(now, used, BATCH) ?? order.takeBulk(now))?.id

test('a short stream goes before those that wait already, and the bulk streams take turns', () => {
  const order = new SendOrder()
  const [one, two, key] = [streamOf(1, 50_000), streamOf(3, 50_000), streamOf(5, 1)]
  for (const stream of [one, two, key]) order.add(stream)
  expect([next(order, 0), next(order, 0)]).toEqual([5, 1])
  order.add(one)
  expect([next(order, 0), next(order, 0), next(order, 0)]).toEqual([3, 1, undefined])
})

test('a stream of many small writes is bulk', () => {
  const order = new SendOrder()
  const [bulk, busy] = [streamOf(1, 50_000), streamOf(3, 4000)]
  const turns: (number | undefined)[] = []
  for (let turn = 0; turn < 8; turn++) {
    order.add(bulk)
    order.add(busy)
    turns.push(next(order, 5))
  }
  expect(turns).toEqual([3, 3, 3, 3, 1, 3, 1, 3])
})

test('short streams leave half of a batch to the others', () => {
  const order = new SendOrder()
  for (const stream of [streamOf(1, 50_000), streamOf(3, 10), streamOf(5, 10)]) order.add(stream)
  expect([next(order, 0, 0), next(order, 0, BATCH * 0.6), next(order, 0, BATCH * 0.6)]).toEqual([3, 1, 5])
})

test('a path is shared for a second after a short stream was sent beside a bulk one', () => {
  const order = new SendOrder()
  const [bulk, key] = [streamOf(1, 50_000), streamOf(3, 1)]
  order.add(key)
  next(order, 0)
  expect(order.isShared(0)).toBe(false)
  order.add(bulk)
  next(order, 10)
  order.add(key)
  next(order, 20)
  expect([order.isShared(1000), order.isShared(1020)]).toEqual([true, false])
})
