import { expect, test } from '@jest/globals'
import type { DecodedFrame } from '../frame/frame-decoder.ts'
import { Liveness } from './liveness.ts'
import { OrderedReceiver } from './ordered-receiver.ts'
import { Path } from './path.ts'

const stream = (offset: number, length: number, size: number): DecodedFrame => ({
  frame: { type: 'stream', id: 0, offset, bytes: new Uint8Array(length) },
  isOrdered: true,
  size,
})

test('three paths at once: what one delivers lets the others go on, whatever their order, part by part', () => {
  const applied: number[] = []
  const receiver = new OrderedReceiver(({ frame }) => frame?.type === 'stream' && applied.push(frame.offset))
  const paths = [1, 2, 3].map((id) => new Path(id, new Liveness(() => 10_000, 0), false))
  const [last, middle, first] = paths as [Path, Path, Path]
  receiver.resume(last, 20)
  receiver.resume(middle, 10)
  receiver.resume(first, 0)
  const arrive = (path: Path, frame: DecodedFrame) => {
    receiver.receive(path, frame)
    receiver.release(paths)
  }
  arrive(last, stream(20, 4, 0))
  arrive(middle, stream(10, 10, 10))
  expect(applied).toEqual([])
  arrive(first, stream(0, 10, 10))
  expect(applied).toEqual([0, 10, 20])
  arrive(last, stream(24, 6, 10))
  expect([applied, receiver.received]).toEqual([[0, 10, 20, 24], 30])
})

test('a frame across the offset that was reached, and a move to elsewhere, are against the protocol', () => {
  const receiver = new OrderedReceiver(() => {})
  const path = new Path(1, new Liveness(() => 10_000, 0), false)
  const code = expect.objectContaining({ code: 'SESSION_PROTOCOL' })
  expect(() => receiver.receive(path, stream(0, 1, 5))).toThrow(code)
  receiver.resume(path, 0)
  receiver.receive(path, stream(0, 1, 5))
  expect(() => receiver.move(path, 4)).toThrow(code)
  receiver.resume(path, 3)
  expect(() => receiver.receive(path, stream(0, 1, 5))).toThrow(code)
  receiver.resume(path, 5)
  receiver.move(path, 5)
  expect(() => receiver.receive(path, stream(0, 1, 5))).toThrow(code)
})

test('what is held is bounded, also for frames of a byte: the path is given up then', () => {
  const receiver = new OrderedReceiver(() => {})
  const path = new Path(1, new Liveness(() => 10_000, 0), false)
  receiver.resume(path, 1)
  const tiny = stream(0, 1, 5)
  let held = 0
  expect(() => {
    for (;;) {
      receiver.receive(path, tiny)
      held++
    }
  }).toThrow(expect.objectContaining({ code: 'SESSION_LIMIT' }))
  expect(held).toBeLessThan(600_000)
})
