import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { decodeMessageType, encodeMessageType, MessageClass, Method } from './message-type.ts'

test('interleaves class and method as RFC 8489 §5 shows', () => {
  expect(encodeMessageType(MessageClass.Request, Method.Binding)).toBe(0x0001)
  expect(encodeMessageType(MessageClass.Indication, Method.Binding)).toBe(0x0011)
  expect(encodeMessageType(MessageClass.SuccessResponse, Method.Binding)).toBe(0x0101)
  expect(encodeMessageType(MessageClass.ErrorResponse, Method.Binding)).toBe(0x0111)
  expect(encodeMessageType(MessageClass.Request, 0xfff)).toBe(0x3eef)
})

test('decodes what it encodes', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(MessageClass)),
      fc.integer({ min: 1, max: 0xfff }),
      (cls, method) => {
        expect(decodeMessageType(encodeMessageType(cls, method))).toEqual({ class: cls, method })
      },
    ),
  )
})

test('refuses method 0, which is reserved: a datagram of zeros is not a request', () => {
  expect(() => decodeMessageType(0)).toThrow('method 0')
  expect(() => encodeMessageType(MessageClass.Request, 0)).toThrow('method 0')
})
