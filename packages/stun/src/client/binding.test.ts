import { expect, test } from '@jest/globals'
import { AttributeType } from '../attributes/attribute-type.ts'
import { decodeBindingResponse, encodeBindingRequest, sameSource } from './binding.ts'
import { encodeErrorCode } from '../attributes/error-code.ts'
import { appendFingerprint } from '../attributes/fingerprint.ts'
import { encodeMappedAddress } from '../attributes/mapped-address.ts'
import { decodeMessage, encodeMessage, findAttribute } from '../message.ts'
import { isLegacy } from '../message-header.ts'
import { MessageClass, Method } from '../message-type.ts'
import type { Attribute } from '../attributes/raw-attributes.ts'
import * as captures from '../testdata/captures.ts'
import { SAMPLE_IPV4_RESPONSE, SAMPLE_REQUEST } from '../testdata/rfc5769.ts'
import { decodeUnknownAttributes } from '../attributes/unknown-attributes.ts'
import { encodeXorMappedAddress } from '../attributes/xor-mapped-address.ts'

const transactionId = Uint8Array.from({ length: 12 }, (_, i) => i)
const source = { ip: '192.0.2.1', port: 3478 }
const mapped = { ip: '198.51.100.7', port: 40_000 }
const xorMapped = {
  type: AttributeType.XorMappedAddress,
  value: encodeXorMappedAddress(mapped, transactionId),
}

function response(
  attributes: Attribute[],
  messageClass: MessageClass = MessageClass.SuccessResponse,
): Uint8Array {
  return encodeMessage({ class: messageClass, method: Method.Binding, transactionId, attributes })
}
const decode = (packet: Uint8Array) => decodeBindingResponse(packet, transactionId, source)

test('reads the mapped address and where it came from', () => {
  expect(decode(response([xorMapped]))).toEqual({ mapped, source })
})

test('B6: reads an answer of RFC 3489: MAPPED-ADDRESS, SOURCE-ADDRESS, CHANGED-ADDRESS', () => {
  const other = { ip: '192.0.2.2', port: 3479 }
  const attributes = [
    { type: AttributeType.MappedAddress, value: encodeMappedAddress(mapped) },
    { type: AttributeType.SourceAddress, value: encodeMappedAddress(source) },
    { type: AttributeType.ChangedAddress, value: encodeMappedAddress(other) },
  ]
  expect(decode(response(attributes))).toEqual({
    mapped,
    source,
    responseOrigin: source,
    otherAddress: other,
  })
})

test('prefers XOR-MAPPED-ADDRESS: NATs rewrite the other', () => {
  const rewritten = {
    type: AttributeType.MappedAddress,
    value: encodeMappedAddress({ ip: '10.0.0.1', port: 1 }),
  }
  expect(decode(response([rewritten, xorMapped]))?.mapped).toEqual(mapped)
})

test('has nothing to do with other packets', () => {
  const right = response([xorMapped])
  const otherId = right.slice()
  otherId[19] = 255
  expect(decode(otherId)).toBeUndefined()
  expect(decode(encodeBindingRequest(transactionId))).toBeUndefined()
  expect(decode(response([xorMapped], MessageClass.Indication))).toBeUndefined()
  expect(decode(encodeMessage({ ...decodeMessage(right), method: Method.Allocate }))).toBeUndefined()
  expect(decode(right.subarray(0, 24))).toBeUndefined()
  expect(decode(new TextEncoder().encode('hello'))).toBeUndefined()
})

test('a wrong FINGERPRINT makes it another packet', () => {
  const signed = appendFingerprint(response([xorMapped]))
  expect(decode(signed)?.mapped).toEqual(mapped)
  signed[signed.length - 1] = (signed[signed.length - 1] ?? 0) ^ 1
  expect(decode(signed)).toBeUndefined()
})

test('an error response is an error with its number, printable whatever the server wrote', () => {
  const value = encodeErrorCode({ code: 420, reason: 'Unknown\n\u001b[31mAttribute' })
  const packet = response([{ type: AttributeType.ErrorCode, value }], MessageClass.ErrorResponse)
  const error = {
    code: 'STUN_ERROR_RESPONSE',
    errorCode: 420,
    message: '192.0.2.1 answered 420 Unknown??[31mAttribute',
  }
  expect(() => decode(packet)).toThrow(expect.objectContaining(error))
})

test('a success without an address, or with what must be understood and is not, is an error', () => {
  expect(() => decode(response([]))).toThrow('without a mapped address')
  expect(() => decode(response([xorMapped, { type: 0x7abc, value: new Uint8Array() }]))).toThrow('0x7abc')
  expect(decode(response([xorMapped, { type: 0xfabc, value: new Uint8Array(3) }]))?.mapped).toEqual(mapped)
})

test('reads the vector of RFC 5769 §2.2', () => {
  const id = SAMPLE_REQUEST.subarray(8, 20)
  expect(decodeBindingResponse(SAMPLE_IPV4_RESPONSE, id, source)?.mapped).toEqual({
    ip: '192.0.2.1',
    port: 32853,
  })
})

test('reads coturn, in each of its manners', () => {
  const told = {
    mapped: { ip: '127.0.0.1', port: 45678 },
    source,
    responseOrigin: { ip: '127.0.0.1', port: 34790 },
    otherAddress: { ip: '127.0.0.2', port: 34791 },
  }
  const answers = [captures.COTURN_RESPONSE, captures.COTURN_LEGACY_RESPONSE]
  for (const packet of answers) {
    expect(decodeBindingResponse(packet, decodeMessage(packet).transactionId, source)).toEqual(told)
  }
  const refusal = decodeMessage(captures.COTURN_UNKNOWN_ATTRIBUTE_RESPONSE)
  const unknown = findAttribute(refusal, AttributeType.UnknownAttributes) ?? new Uint8Array(1)
  expect(decodeUnknownAttributes(unknown)).toEqual([0x7abc])
  expect(isLegacy(decodeMessage(captures.STUN_CLIENT_REQUEST))).toBe(true)
})

test('compares sources as addresses, not as texts', () => {
  expect(sameSource({ ip: '2001:db8::1', port: 1 }, { ip: '2001:DB8:0::1', port: 1 })).toBe(true)
  expect(sameSource({ ip: '2001:db8::1', port: 1 }, { ip: '2001:db8::2', port: 1 })).toBe(false)
  expect(sameSource({ ip: '192.0.2.1', port: 1 }, { ip: '192.0.2.1', port: 2 })).toBe(false)
  expect(sameSource({ ip: '192.0.2.1', port: 1 }, { ip: '::ffff:192.0.2.1', port: 1 })).toBe(false)
})
