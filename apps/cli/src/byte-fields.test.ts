import { expect, test } from '@jest/globals'
import { ByteFields } from './byte-fields.ts'

test('I1: fault 21: UTF-8 that is split between packets arrives as text without replacement characters', () => {
  const bytes = Buffer.from('grün €, 日本語 🎉')
  for (let size = 1; size <= 5; size++) {
    const fields = new ByteFields()
    const events = []
    for (let at = 0; at < bytes.length; at += size) events.push(fields.next(bytes.subarray(at, at + size)))
    expect(events.map(({ text }) => text).join('')).toBe(bytes.toString())
    expect(Buffer.concat(events.map(({ data }) => Buffer.from(data, 'base64')))).toEqual(bytes)
    expect(events.reduce((sum, event) => sum + event.bytes, 0)).toBe(bytes.length)
  }
})

test('I1: fault 21: binary arrives as base64, without text from the first piece on that is not UTF-8', () => {
  const fields = new ByteFields()
  expect(fields.next(Buffer.from('abc'))).toEqual({ data: 'YWJj', text: 'abc', bytes: 3 })
  expect(fields.next(Uint8Array.of(0x00, 0xff, 0xfe, 0x80, 0x41))).toEqual({ data: 'AP/+gEE=', bytes: 5 })
  expect(fields.next(Buffer.from('abc'))).toEqual({ data: 'YWJj', bytes: 3 })
})

test('I1: fault 21: a byte order mark is part of the text', () => {
  expect(new ByteFields().next(Buffer.from('\ufeffa')).text).toBe('\ufeffa')
})
