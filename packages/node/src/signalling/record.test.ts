import { expect, test } from '@jest/globals'
import { prioritized } from '../candidates/candidate.ts'
import { encodeMap } from '../wire/cbor.ts'
import fc from 'fast-check'
import { NodeError } from '../node-error.ts'
import { decodeRecord, encodeRecord } from './record.ts'
import { sideDescription } from '../testdata/side-description.ts'

const candidates = prioritized([{ kind: 'host', ip: '192.0.2.1', port: 4000 }])
const record = { candidates, sides: [sideDescription] }

const outcome = (bytes: Uint8Array): unknown => {
  try {
    return decodeRecord(bytes)
  } catch (error) {
    return error
  }
}

test('decodes what it encoded, and refuses other versions by name', () => {
  expect(decodeRecord(encodeRecord(record))).toEqual(record)
  expect(outcome(encodeMap([[0, 2]]))).toMatchObject({
    message: expect.stringContaining('record refused: it is of version 2'),
  })
})

test('the TURN servers of a record are IP addresses, eight at most', () => {
  const turnServers = ['192.0.2.9', '2001:db8::9']
  expect(decodeRecord(encodeRecord({ ...record, turnServers }))).toEqual({ ...record, turnServers })
  const nine = Array.from({ length: 9 }, (_, index) => `192.0.2.${index}`)
  expect(decodeRecord(encodeRecord({ ...record, turnServers: nine }))).toMatchObject({
    turnServers: nine.slice(0, 8),
  })
  for (const wrong of [['relay.example'], [5], nine, '192.0.2.9'])
    expect(
      outcome(
        encodeMap([
          [1, []],
          [2, []],
          [3, wrong],
        ]),
      ),
    ).toMatchObject({ code: 'NODE_BAD_MESSAGE' })
})

test("any bytes are a record or this package's error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const result = outcome(bytes)
      return result instanceof NodeError || String(Object.keys(result as object)) === 'candidates,sides'
    }),
    { numRuns: 10_000 },
  )
})
