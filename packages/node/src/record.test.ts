import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Candidate } from './candidate.ts'
import { NodeError } from './node-error.ts'
import { decodeRecord, encodeRecord } from './record.ts'
import { encodeCbor } from './wire.ts'

const candidates: Candidate[] = [{ kind: 'host', ip: '192.0.2.1', port: 4000 }]

const outcome = (bytes: Uint8Array): unknown => {
  try {
    return decodeRecord(bytes)
  } catch (error) {
    return error
  }
}

test('decodes what it encoded, and refuses other versions by name', () => {
  expect(decodeRecord(encodeRecord(candidates))).toEqual(candidates)
  expect(outcome(encodeCbor([2, []]))).toMatchObject({ message: 'record refused: version 2' })
})

test("any bytes are candidates or this package's error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const result = outcome(bytes)
      expect(Array.isArray(result) || result instanceof NodeError).toBe(true)
    }),
    { numRuns: 10_000 },
  )
})
