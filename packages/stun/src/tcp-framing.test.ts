import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { MessageFramer } from './tcp-framing.ts'
import { SAMPLE_IPV4_RESPONSE, SAMPLE_REQUEST } from './testdata/rfc5769.ts'

test('finds the messages however the stream is cut', () => {
  const messages = [SAMPLE_REQUEST, SAMPLE_IPV4_RESPONSE, SAMPLE_REQUEST]
  const stream = Uint8Array.from(messages.flatMap((message) => [...message]))
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: stream.length })), (cuts) => {
      const framer = new MessageFramer()
      const ends = [...cuts.sort((a, b) => a - b), stream.length]
      const found = ends.flatMap((end, i) => framer.decode(stream.subarray(ends[i - 1] ?? 0, end)))
      expect(found).toEqual(messages)
    }),
  )
})

test('refuses a frame over the limit at its fourth byte', () => {
  const framer = new MessageFramer(100)
  expect(framer.decode(Uint8Array.of(0, 1, 0))).toEqual([])
  expect(() => framer.decode(Uint8Array.of(84))).toThrow('frame of 104 bytes')
})

test('refuses lengths that are not a multiple of 4, and other protocols', () => {
  expect(() => new MessageFramer().decode(Uint8Array.of(0, 1, 0, 3))).toThrow('frame of 23 bytes')
  expect(() => new MessageFramer().decode(Uint8Array.of(0x47))).toThrow('first byte 71')
})
