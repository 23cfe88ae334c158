import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { decodeBase32, encodeBase32 } from './base32.ts'

const text = (value: string) => new TextEncoder().encode(value)

test('encodes the vectors of RFC 4648 §10, in lower case and without padding', () => {
  const vectors = {
    '': '',
    f: 'my',
    fo: 'mzxq',
    foo: 'mzxw6',
    foob: 'mzxw6yq',
    fooba: 'mzxw6ytb',
    foobar: 'mzxw6ytboi',
  }
  for (const [plain, encoded] of Object.entries(vectors)) {
    expect(encodeBase32(text(plain))).toBe(encoded)
    expect(decodeBase32(encoded)).toEqual(text(plain))
  }
})

test('decodes what it encoded', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(decodeBase32(encodeBase32(bytes))).toEqual(bytes)
    }),
  )
})

test('names the first character that is not of the alphabet', () => {
  expect(decodeBase32('mz1w6')).toBe('1')
  expect(decodeBase32('MZXW6')).toBe('M')
})

test('refuses a length, and last bits, that no whole bytes have', () => {
  expect(decodeBase32('a')).toBe('')
  expect(decodeBase32('mzx')).toBe('')
  expect(decodeBase32('mz')).toBe('')
})
