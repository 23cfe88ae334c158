import { expect, test } from '@jest/globals'
import { prioritized } from '../candidates/candidate.ts'
import fc from 'fast-check'
import { decodeMessage, encodeMessage } from './message.ts'
import { NodeError } from '../node-error.ts'
import { sideDescription } from '../testdata/side-description.ts'
import { encodeCbor } from './wire.ts'

const punch = { token: new Uint8Array(16).fill(7), attempt: 1, sides: [sideDescription, undefined] }
const offer = encodeMessage({
  type: 'offer',
  connectionId: new Uint8Array(16).fill(9),
  candidates: prioritized([{ kind: 'host', ip: '192.0.2.1', port: 4000 }]),
  strategies: ['direct', 'reverse'],
  times: [1_700_000_000_000],
  punch,
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
  const common = { connectionId: new Uint8Array(16).fill(1), candidates: [] }
  for (const message of [
    { ...common, type: 'offer', strategies: ['reverse'], times: [1] },
    { ...common, type: 'offer', strategies: ['tcp-punch'], times: [1], punch },
    { ...common, type: 'answer', strategies: [], times: [1, 2], punch: { ...punch, sides: [] } },
  ] as const) {
    expect(decodeMessage(encodeMessage(message))).toEqual(message)
  }
})

test.each([
  ['version 2', [2, 0, new Uint8Array(16), []]],
  ['type 7', [1, 7, new Uint8Array(16), []]],
  ['the connection id', [1, 0, new Uint8Array(15), [], []]],
  ['the candidates are not a list', [1, 0, new Uint8Array(16), {}, []]],
  ['the strategies', [1, 0, new Uint8Array(16), []]],
  ['the times', [1, 1, new Uint8Array(16), [], [], [1]]],
  ['the times', [1, 0, new Uint8Array(16), [], [], [-1]]],
  ['the token', [1, 0, new Uint8Array(16), [], [], [1], [new Uint8Array(15), 0, []]]],
  ['attempt 2', [1, 0, new Uint8Array(16), [], [], [1], [new Uint8Array(16), 2, []]]],
  ['a side of a punch is not one', [1, 0, new Uint8Array(16), [], [], [1], [new Uint8Array(16), 0, [1]]]],
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
