import { expect, test } from '@jest/globals'
import { decodeTextFile } from './read-text.ts'

const json = '{"contact": "Zoë 🛰"}'
const utf16 = Buffer.from(`\uFEFF${json}`, 'utf16le')

test.each([
  ['UTF-8', Buffer.from(json)],
  ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${json}`)],
  ['UTF-16, as Windows PowerShell writes it', utf16],
  ['UTF-16, big-endian', Buffer.from(utf16).swap16()],
])('I1: fault 20: %s is read', (_, bytes) => {
  expect(decodeTextFile(bytes)).toBe(json)
})

test.each([
  ['UTF-16 without a mark', Buffer.from(json, 'utf16le')],
  ['Latin-1', Buffer.from('Zoë', 'latin1')],
  ['half a character of UTF-16', utf16.subarray(0, -1)],
])('I1: fault 20: %s is refused with what to do', (_, bytes) => {
  expect(() => decodeTextFile(bytes)).toThrow('save it as UTF-8')
})

test('an empty file is an empty text', () => {
  expect(decodeTextFile(new Uint8Array(0))).toBe('')
})
