import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { encodeCredit, encodeData, encodeEnd, type Frame, FrameDecoder } from './frame.ts'

const frames = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant('data' as const), bytes: fc.uint8Array({ minLength: 1, maxLength: 50 }) }),
    fc.record({ type: fc.constant('credit' as const), bytes: fc.nat(0xffff_ffff) }),
    fc.constant({ type: 'end' as const }),
  ),
)

function encode(frame: Frame): Uint8Array {
  if (frame.type === 'data') return encodeData(frame.bytes)
  return frame.type === 'credit' ? encodeCredit(frame.bytes) : encodeEnd()
}

/** The frames with neighbouring data joined. */
function joined(all: readonly Frame[]): unknown[] {
  const parts: unknown[] = []
  let data: number[] = []
  for (const frame of [...all, undefined]) {
    if (frame?.type === 'data') data.push(...frame.bytes)
    else {
      if (data.length > 0) parts.push(data)
      data = []
      if (frame !== undefined) parts.push(frame)
    }
  }
  return parts
}

test('frames survive any cut', () => {
  fc.assert(
    fc.property(frames, fc.infiniteStream(fc.integer({ min: 1, max: 20 })), (sent, cuts) => {
      const bytes = Buffer.concat(sent.map(encode))
      const decoder = new FrameDecoder()
      const received: Frame[] = []
      for (let at = 0; at < bytes.length; ) {
        const length = cuts.next().value as number
        received.push(...decoder.decode(bytes.subarray(at, at + length)))
        at += length
      }
      expect(joined(received)).toEqual(joined(sent))
    }),
  )
})

test('G7: frames that only a later version knows are skipped, whatever is in them', () => {
  const later = (number: number, length: number) => {
    const frame = new Uint8Array(8 + length).fill(0xff)
    new DataView(frame.buffer).setUint32(0, number)
    new DataView(frame.buffer).setUint32(4, length)
    return frame
  }
  const known: Frame[] = [
    { type: 'data', bytes: Uint8Array.of(1, 2) },
    { type: 'credit', bytes: 7 },
    { type: 'end' },
  ]
  const parts = known.flatMap((frame) => [later(0xffff_ff00, 0), encode(frame), later(0xffff_fffe, 300)])
  const bytes = Buffer.concat(parts)
  const decoder = new FrameDecoder()
  const received = [...bytes].flatMap((_, at) => decoder.decode(bytes.subarray(at, at + 1)))
  expect(joined(received)).toEqual(joined(known))
})

test('any bytes decode to frames, with no more data than bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.uint8Array({ maxLength: 60 }), (...chunks) => {
      const decoder = new FrameDecoder()
      return chunks.every((chunk) => {
        const data = decoder.decode(chunk).flatMap((one) => (one.type === 'data' ? [one.bytes.length] : []))
        return data.reduce((sum, length) => sum + length, 0) <= chunk.length && !data.includes(0)
      })
    }),
    { numRuns: 10_000 },
  )
})

test('encoded data is a copy: its buffer may be used again at once', () => {
  const bytes = Uint8Array.of(1, 2, 3)
  const encoded = encodeData(bytes)
  bytes.fill(0)
  expect(encoded).toEqual(Uint8Array.of(0, 0, 0, 3, 1, 2, 3))
})
