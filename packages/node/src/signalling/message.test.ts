import { expect, test } from '@jest/globals'
import { prioritized } from '../candidates/candidate.ts'
import { encodeMap, toMap } from '../wire/cbor.ts'
import fc from 'fast-check'
import { decodeMessage, encodeMessage } from './message.ts'
import { NodeError } from '../node-error.ts'
import { sideDescription } from '../testdata/side-description.ts'

const punch = { token: new Uint8Array(16).fill(7), failedAttempts: 1, sides: [sideDescription, undefined] }
const offer = encodeMessage({
  type: 'offer',
  connectionId: new Uint8Array(16).fill(9),
  candidates: prioritized([{ kind: 'host', ip: '192.0.2.1', port: 4000 }]),
  strategies: ['direct', 'reverse'],
  times: [1_700_000_000_000],
  punch,
})

/** The result of decoding: a message, or an error whose class the tests check. */
const outcome = (bytes: Uint8Array): unknown => {
  try {
    return decodeMessage(bytes)?.type ?? 'of a later version'
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

const id = new Uint8Array(16)
const good = new Map<number, unknown>([
  [1, 0],
  [2, id],
  [3, []],
  [4, []],
  [5, 1],
])
const punchOf = (token: unknown, attempt: unknown, sides: unknown) =>
  toMap([
    [1, token],
    [2, attempt],
    [3, sides],
  ])

test.each<[string, number, unknown]>([
  ['it is of version 2', 0, 2],
  ['type offer', 1, 'offer'],
  ['the connection id', 2, new Uint8Array(15)],
  ['the candidates are not a list', 3, toMap([])],
  ['a candidate is not a map', 3, [[0, '192.0.2.1', 80]]],
  ['the strategies are not a list', 4, 'direct'],
  ['the strategies: number in place of a text', 4, ['direct', 1]],
  ['33 strategies are more than 32', 4, Array(33).fill('direct')],
  ['the times', 5, -1],
  ['the times', 5, 1.5],
  ['the punch is not a map', 7, []],
  ['the token', 7, punchOf(new Uint8Array(15), 0, [])],
  ['attempt 2', 7, punchOf(id, 2, [])],
  ['9 sides are more than 8', 7, punchOf(id, 0, Array(9).fill(null))],
  ['a side of a punch is not a map', 7, punchOf(id, 0, [1])],
])('refuses %s', (what, key, value) => {
  const entries = [...good, [key, value] as const]
  expect(() => decodeMessage(encodeMap(entries))).toThrow(`signalling message refused: ${what}`)
})

test('refuses an answer without the time at which the offer arrived', () => {
  expect(() => decodeMessage(encodeMap([...good, [1, 1]]))).toThrow('the times')
})

test("any bytes are a message or this package's error", () => {
  const mutated = fc.tuple(fc.nat(offer.length - 1), fc.nat(255)).map(([at, byte]) => offer.with(at, byte))
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), mutated), (bytes) => {
      const result = outcome(bytes)
      return result instanceof NodeError || ['offer', 'answer', 'of a later version'].includes(String(result))
    }),
    { numRuns: 10_000 },
  )
})

test('deep nesting is refused, not followed', () => {
  expect(outcome(new Uint8Array(60_000).fill(0x81))).toBeInstanceOf(NodeError)
})
