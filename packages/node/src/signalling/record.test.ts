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

test("any bytes are a record or this package's error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const result = outcome(bytes)
      expect(result instanceof NodeError || Object.keys(result as object)).toEqual(
        result instanceof NodeError ? true : ['candidates', 'sides'],
      )
    }),
    { numRuns: 10_000 },
  )
})
