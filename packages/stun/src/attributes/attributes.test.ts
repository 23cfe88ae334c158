import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { CHARACTERS, characterAt } from '@p2pd/netif/testing'
import { decodeChangeRequest, encodeChangeRequest } from './change-request.ts'
import {
  ConnectBackOutcome,
  decodeConnectBackOutcome,
  encodeConnectBackOutcome,
} from '../client/connect-back.ts'
import { decodeErrorCode, encodeErrorCode } from './error-code.ts'
import { AttributeType } from './attribute-type.ts'
import { decodeIpAddress } from './ip-address.ts'
import { decodeMappedAddress, encodeMappedAddress } from './mapped-address.ts'
import { encodePadding } from './padding.ts'
import { decodeResponsePort, encodeResponsePort } from './response-port.ts'
import { decodeText, encodeText } from './text.ts'
import { decodeUnknownAttributes, encodeUnknownAttributes } from './unknown-attributes.ts'
import { decodeXorMappedAddress, encodeXorMappedAddress } from './xor-mapped-address.ts'

const character = fc.nat(CHARACTERS - 1).map(characterAt)

const anyAddress = fc.record({
  ip: fc
    .oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }))
    .map(decodeIpAddress),
  port: fc.nat(0xffff),
})
const anyId = fc.uint8Array({ minLength: 12, maxLength: 12 })

test('B6: addresses: decodes what it encodes, plain and XORed', () => {
  fc.assert(
    fc.property(anyAddress, anyId, (address, id) => {
      expect(decodeMappedAddress(encodeMappedAddress(address))).toEqual(address)
      expect(decodeXorMappedAddress(encodeXorMappedAddress(address, id), id)).toEqual(address)
    }),
    { numRuns: 2000 },
  )
})

test('addresses: every other length or family is refused', () => {
  const id = new Uint8Array(12)
  for (const length of [0, 1, 4, 7, 9, 12, 19, 21]) {
    for (const family of [0, 1, 2, 3, 255]) {
      const value = new Uint8Array(length)
      value[1] = family
      expect(() => decodeMappedAddress(value)).toThrow('MAPPED-ADDRESS')
      expect(() => decodeXorMappedAddress(value, id)).toThrow('XOR-MAPPED-ADDRESS')
    }
  }
  // The bug others met: an XOR-MAPPED-ADDRESS of family IPv6 with the bytes of an IPv4 one.
  expect(() => decodeXorMappedAddress(Uint8Array.of(0, 2, 0, 0, 1, 2, 3, 4), id)).toThrow('8 bytes, family 2')
})

test('XORed addresses: an id of 12 or 16 bytes, no other', () => {
  const address = { ip: '2001:db8::1', port: 5000 }
  const id = Uint8Array.from({ length: 16 }, (_, i) => i)
  const value = encodeXorMappedAddress(address, id)
  expect(value).toEqual(encodeXorMappedAddress(address, id.subarray(4)))
  expect(decodeXorMappedAddress(value, id)).toEqual(address)
  expect(() => encodeXorMappedAddress(address, id.subarray(5))).toThrow('11 bytes, not 12 or 16')
  expect(() => decodeXorMappedAddress(value, new Uint8Array())).toThrow('0 bytes, not 12 or 16')
})

test('ERROR-CODE: decodes what it encodes', () => {
  const value = fc.record({
    code: fc.integer({ min: 300, max: 699 }),
    reason: fc.string({ unit: character, maxLength: 40 }),
  })
  fc.assert(fc.property(value, (error) => expect(decodeErrorCode(encodeErrorCode(error))).toEqual(error)))
})

test('ERROR-CODE: reserved bits do not change the code', () => {
  expect(decodeErrorCode(Uint8Array.of(0xff, 0xff, 0b11111100, 20)).code).toBe(420)
})

test('ERROR-CODE: refuses a class or number that is none', () => {
  for (const value of [[0, 0, 2, 0], [0, 0, 7, 0], [0, 0, 4, 100], [0, 0, 4], []]) {
    expect(() => decodeErrorCode(Uint8Array.from(value))).toThrow('ERROR-CODE')
  }
  expect(() => encodeErrorCode({ code: 700, reason: '' })).toThrow('700')
  expect(() => encodeErrorCode({ code: 400, reason: 'x'.repeat(764) })).toThrow('over 763')
})

test('UNKNOWN-ATTRIBUTES: 16 bits each', () => {
  expect(encodeUnknownAttributes([0x0001, 0x7fff])).toEqual(Uint8Array.of(0, 1, 0x7f, 0xff))
  const types = fc.array(fc.nat(0xffff))
  fc.assert(
    fc.property(types, (list) =>
      expect(decodeUnknownAttributes(encodeUnknownAttributes(list))).toEqual(list),
    ),
  )
  expect(() => decodeUnknownAttributes(new Uint8Array(3))).toThrow('odd')
})

test('text: UTF-8 as it is, within the longest value of its attribute', () => {
  fc.assert(
    fc.property(fc.string({ unit: character, maxLength: 50 }), (text) => {
      expect(decodeText(encodeText(AttributeType.Realm, text))).toBe(text)
    }),
  )
  expect(() => encodeText(AttributeType.Username, 'x'.repeat(509))).toThrow(
    '0x0006: 509 bytes of text, over 508',
  )
  expect(decodeText(Uint8Array.of(0xff))).toBe('\ufffd')
})

test('B6: CHANGE-REQUEST, RESPONSE-PORT, PADDING and CONNECT-BACK', () => {
  for (const changeIp of [true, false]) {
    for (const changePort of [true, false]) {
      expect(decodeChangeRequest(encodeChangeRequest({ changeIp, changePort }))).toEqual({
        changeIp,
        changePort,
      })
    }
  }
  expect(encodeChangeRequest({ changeIp: true, changePort: true })).toEqual(Uint8Array.of(0, 0, 0, 6))
  expect(() => decodeChangeRequest(new Uint8Array(3))).toThrow('3 bytes, not 4')
  expect(decodeResponsePort(encodeResponsePort(40_000))).toBe(40_000)
  expect(decodeResponsePort(Uint8Array.of(1, 0))).toBe(256)
  expect(() => decodeResponsePort(new Uint8Array(4))).toThrow('port 0')
  expect(() => encodeResponsePort(0)).toThrow('not 1 to 65535')
  expect(encodePadding(1500)).toHaveLength(1500)
  expect(() => encodePadding(70_000)).toThrow('PADDING')
  for (const outcome of Object.values(ConnectBackOutcome)) {
    expect(decodeConnectBackOutcome(encodeConnectBackOutcome(outcome))).toBe(outcome)
  }
  expect(() => decodeConnectBackOutcome(Uint8Array.of(9, 0, 0, 0))).toThrow('outcome 9')
})
