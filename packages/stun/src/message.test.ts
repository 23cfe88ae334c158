import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { AttributeType } from './attributes/attribute-type.ts'
import { appendAttribute } from './attributes/append-attribute.ts'
import { decodeMessage, encodeMessage, findAttribute, type Message } from './message.ts'
import { isLegacy } from './message-header.ts'
import { MessageClass, Method } from './message-type.ts'
import { decodeText } from './attributes/text.ts'
import * as vectors from './testdata/rfc5769.ts'
import { decodeXorMappedAddress } from './attributes/xor-mapped-address.ts'

const text = (message: Message, type: number) => decodeText(findAttribute(message, type) ?? new Uint8Array())

test('B6: RFC 5769 §2.1: request', () => {
  const message = decodeMessage(vectors.SAMPLE_REQUEST)
  expect(message.class).toBe(MessageClass.Request)
  expect(message.method).toBe(Method.Binding)
  expect(text(message, AttributeType.Software)).toBe('STUN test client')
  expect(text(message, AttributeType.Username)).toBe('evtj:h6vY')
  expect(findAttribute(message, AttributeType.Priority)).toEqual(Uint8Array.of(0x6e, 0x00, 0x01, 0xff))
})

test('B6: RFC 5769 §2.2 and §2.3: responses', () => {
  const mapped = (bytes: Uint8Array) => {
    const message = decodeMessage(bytes)
    const value = findAttribute(message, AttributeType.XorMappedAddress) ?? new Uint8Array()
    return decodeXorMappedAddress(value, message.transactionId)
  }
  expect(mapped(vectors.SAMPLE_IPV4_RESPONSE)).toEqual({ ip: '192.0.2.1', port: 32853 })
  const ip = '2001:db8:1234:5678:11:2233:4455:6677'
  expect(mapped(vectors.SAMPLE_IPV6_RESPONSE)).toEqual({ ip, port: 32853 })
})

test('RFC 5769 §2.4: long-term request', () => {
  const message = decodeMessage(vectors.SAMPLE_LONG_TERM_REQUEST)
  expect(text(message, AttributeType.Username)).toBe(vectors.LONG_TERM_CREDENTIALS.username)
  expect(text(message, AttributeType.Realm)).toBe(vectors.LONG_TERM_CREDENTIALS.realm)
  expect(text(message, AttributeType.Nonce)).toBe(vectors.LONG_TERM_NONCE)
})

/** Any message whose attributes may all be kept. */
const anyMessage = fc.record({
  class: fc.constantFrom(...Object.values(MessageClass)),
  method: fc.integer({ min: 1, max: 0xfff }),
  transactionId: fc.oneof(
    fc.uint8Array({ minLength: 12, maxLength: 12 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }).filter((id) => id[0] !== 0x21),
  ),
  attributes: fc.array(
    fc.record({
      type: fc.nat(0xffff).filter((type) => type !== 0x0008 && type !== 0x001c && type !== 0x8028),
      value: fc.uint8Array({ maxLength: 70 }),
    }),
    { maxLength: 8 },
  ),
})

test('decodes what it encodes', () => {
  fc.assert(
    fc.property(anyMessage, (message) => expect(decodeMessage(encodeMessage(message))).toEqual(message)),
  )
})

test('a message without the magic cookie is of RFC 3489: its id is 16 bytes', () => {
  const transactionId = Uint8Array.from({ length: 16 }, (_, i) => i + 1)
  const message = { class: MessageClass.Request, method: Method.Binding, transactionId, attributes: [] }
  const decoded = decodeMessage(encodeMessage(message))
  expect(decoded.transactionId).toEqual(transactionId)
  expect(isLegacy(decoded)).toBe(true)
  expect(isLegacy(decodeMessage(vectors.SAMPLE_REQUEST))).toBe(false)
})

test('the first of several attributes of a type counts', () => {
  const value = (byte: number) => ({ type: AttributeType.Software, value: Uint8Array.of(byte) })
  const message = {
    class: MessageClass.Request,
    method: 1,
    transactionId: new Uint8Array(12),
    attributes: [value(1), value(2)],
  }
  expect(findAttribute(decodeMessage(encodeMessage(message)), AttributeType.Software)).toEqual(
    Uint8Array.of(1),
  )
})

test('attributes after MESSAGE-INTEGRITY are ignored, except the two that may follow', () => {
  const add = (message: Uint8Array, type: number) =>
    appendAttribute(message, type, 4, () => new Uint8Array(4))
  const order = [
    AttributeType.MessageIntegrity,
    AttributeType.XorMappedAddress,
    AttributeType.MessageIntegritySha256,
    AttributeType.Software,
    AttributeType.Fingerprint,
    AttributeType.Username,
  ]
  const header = encodeMessage({
    class: MessageClass.Request,
    method: 1,
    transactionId: new Uint8Array(12),
    attributes: [],
  })
  const types = decodeMessage(order.reduce(add, header)).attributes.map(({ type }) => type)
  expect(types).toEqual([
    AttributeType.MessageIntegrity,
    AttributeType.MessageIntegritySha256,
    AttributeType.Fingerprint,
  ])
})

test('refuses to encode what no reader could read', () => {
  const message = {
    class: MessageClass.Request,
    method: 1,
    transactionId: new Uint8Array(12),
    attributes: [],
  }
  expect(() => encodeMessage({ ...message, transactionId: new Uint8Array(8) })).toThrow(
    '8 bytes, not 12 or 16',
  )
  const attributes = [{ type: 1, value: new Uint8Array(65_536) }]
  expect(() => encodeMessage({ ...message, attributes })).toThrow('over 65535')
  expect(() => encodeMessage({ ...message, attributes: [{ type: -1, value: new Uint8Array() }] })).toThrow(
    'attribute type -1',
  )
})
