import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { decodeMessage, encodeMessage } from './message.ts'
import { NodeError } from './node-error.ts'
import { encodeCbor } from './wire.ts'

const offer = encodeMessage({
  type: 'offer',
  connectionId: new Uint8Array(16).fill(9),
  candidates: [{ kind: 'host', ip: '192.0.2.1', port: 4000 }],
  strategies: ['direct', 'reverse'],
})

/** What decoding comes to: a message, or an error whose class the tests check. */
const outcome = (bytes: Uint8Array): unknown => {
  try {
    return decodeMessage(bytes).type
  } catch (error) {
    return error
  }
}

test('decodes what it encoded', () => {
  for (const type of ['offer', 'answer'] as const) {
    const message = {
      type,
      connectionId: new Uint8Array(16).fill(1),
      candidates: [],
      strategies: ['reverse'] as const,
    }
    expect(decodeMessage(encodeMessage(message))).toEqual(message)
  }
})

test.each([
  ['version 2', [2, 0, new Uint8Array(16), []]],
  ['type 7', [1, 7, new Uint8Array(16), []]],
  ['the connection id', [1, 0, new Uint8Array(15), [], []]],
  ['the candidates are not a list', [1, 0, new Uint8Array(16), {}, []]],
  ['the strategies', [1, 0, new Uint8Array(16), []]],
])('refuses %s', (what, value) => {
  expect(() => decodeMessage(encodeCbor(value))).toThrow(`signalling message refused: ${what}`)
})

test("any bytes are a message or this package's error", () => {
  const mutated = fc.tuple(fc.nat(offer.length - 1), fc.nat(255)).map(([at, byte]) => offer.with(at, byte))
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), mutated), (bytes) => {
      expect([true, 'offer', 'answer']).toContain(outcome(bytes) instanceof NodeError || outcome(bytes))
    }),
    { numRuns: 10_000 },
  )
})

test('deep nesting is refused, not followed', () => {
  expect(outcome(new Uint8Array(60_000).fill(0x81))).toBeInstanceOf(NodeError)
})
