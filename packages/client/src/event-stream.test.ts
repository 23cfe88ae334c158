import { expect, test } from '@jest/globals'
import { EventStreamDecoder } from './event-stream.ts'

const STREAM =
  ': connected\n\nid: 7\nevent: report\ndata: {"a":1}\n\n: alive\n\nevent: gap\r\ndata: x\r\ndata: y\r\n\r\ndata: late'

test('events come complete, however their bytes are cut', () => {
  for (let size = 1; size <= STREAM.length; size++) {
    const decoder = new EventStreamDecoder()
    const events = []
    for (let at = 0; at < STREAM.length; at += size) events.push(...decoder.push(STREAM.slice(at, at + size)))
    expect([size, events]).toEqual([
      size,
      [
        { id: '7', type: 'report', data: '{"a":1}' },
        { id: undefined, type: 'gap', data: 'x\ny' },
      ],
    ])
  }
})

test('an event without end is refused', () => {
  const decoder = new EventStreamDecoder()
  expect(() => {
    for (let i = 0; i < 5; i++) decoder.push('x'.repeat(1024 * 1024))
  }).toThrow(RangeError)
})
