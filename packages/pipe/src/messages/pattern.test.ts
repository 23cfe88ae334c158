import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { compileFilter, type Filter } from './pattern.ts'

const from = { ip: '192.0.2.1', port: 7 }
const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))
const accepts = (filter: Filter, data: Uint8Array | string, sender = from) => {
  const predicate = compileFilter(filter)
  return (
    predicate === undefined ||
    predicate({ data: typeof data === 'string' ? bytes(data) : data, from: sender })
  )
}

test('an empty filter lets everything through', () => {
  expect(compileFilter({})).toBeUndefined()
})

test('a regular expression sees one character per byte', () => {
  expect(accepts({ match: /^\xff\x00[\x80-\x9f]$/ }, bytes('\xff\x00\x85'))).toBe(true)
  expect(accepts({ match: /b+/ }, 'abba')).toBe(true)
  expect(accepts({ match: /c/ }, 'abba')).toBe(false)
})

test('a global or sticky expression does not remember where it stopped', () => {
  const match = /a/g
  const filter = { match }
  const predicate = compileFilter(filter)
  const message = { data: bytes('ab'), from }
  expect([predicate?.(message), predicate?.(message), predicate?.(message)]).toEqual([true, true, true])
  expect(match.lastIndex).toBe(0)
})

test('any engine with a test method will do', () => {
  expect(accepts({ match: { test: (text) => text.length === 3 } }, 'abc')).toBe(true)
})

test('bytes are found anywhere, as a search in text would find them', () => {
  const few = fc.uint8Array({ max: 2, maxLength: 12 })
  fc.assert(
    fc.property(few, fc.uint8Array({ max: 2, maxLength: 4 }), (data, match) => {
      expect(accepts({ match }, data)).toBe(data.join('').includes(match.join('')))
    }),
  )
})

test('a text pattern agrees with the expression run on the bytes as text', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20_000 }), (data) => {
      const match = /\x00[\x80-\xff]/
      expect(accepts({ match }, data)).toBe(match.test(Buffer.from(data).toString('latin1')))
    }),
  )
})

test('a sender is matched by address and port; port 0 is any', () => {
  expect(accepts({ from }, 'x')).toBe(true)
  expect(accepts({ from: { ...from, port: 8 } }, 'x')).toBe(false)
  expect(accepts({ from: { ...from, port: 0 } }, 'x')).toBe(true)
  expect(accepts({ from: { ip: '192.0.2.2', port: 0 } }, 'x')).toBe(false)
})

test('an IPv6 sender is the same in every spelling; a zone by number is any zone', () => {
  const sender = { ip: '2001:db8::1', port: 7 }
  expect(accepts({ from: { ip: '2001:DB8:0:0::0001', port: 7 } }, 'x', sender)).toBe(true)
  expect(accepts({ from: { ip: 'fe80::1%eth0', port: 7 } }, 'x', { ip: 'fe80::1%eth0', port: 7 })).toBe(true)
  expect(accepts({ from: { ip: 'fe80::1%eth1', port: 7 } }, 'x', { ip: 'fe80::1%eth0', port: 7 })).toBe(false)
  expect(accepts({ from: { ip: 'fe80::1%2', port: 7 } }, 'x', { ip: 'fe80::1%eth0', port: 7 })).toBe(true)
})

test('names what is not a filter', () => {
  const text = 'text' as unknown as RegExp
  expect(() => compileFilter({ match: text })).toThrow(
    expect.objectContaining({ code: 'PIPE_INVALID_ARGUMENT', message: expect.stringContaining('"text"') }),
  )
  for (const bad of [
    { ip: 'example.org', port: 1 },
    { ip: '192.0.2.1', port: 70_000 },
  ]) {
    expect(() => compileFilter({ from: bad })).toThrow(
      expect.objectContaining({ code: 'PIPE_INVALID_ARGUMENT' }),
    )
  }
})
