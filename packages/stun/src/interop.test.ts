import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { AttributeType } from './attributes/attribute-type.ts'
import { decodeChangeRequest, encodeChangeRequest } from './attributes/change-request.ts'
import { decodeErrorCode, encodeErrorCode } from './attributes/error-code.ts'
import { appendFingerprint } from './attributes/fingerprint.ts'
import { canonicalIpAddress, decodeIpAddress } from './attributes/ip-address.ts'
import { decodeMappedAddress, encodeMappedAddress } from './attributes/mapped-address.ts'
import { encodePadding } from './attributes/padding.ts'
import { decodeResponsePort, encodeResponsePort } from './attributes/response-port.ts'
import { decodeUnknownAttributes, encodeUnknownAttributes } from './attributes/unknown-attributes.ts'
import { decodeXorMappedAddress, encodeXorMappedAddress } from './attributes/xor-mapped-address.ts'
import { decodeMessage, encodeMessage, findAttribute } from './message.ts'
import { encodeMessageType, MessageClass, Method } from './message-type.ts'
import { stunPackage } from './testdata/stun-package.ts'
import * as vectors from './testdata/rfc5769.ts'

// Our codec against the npm package `stun`, each reading what the other writes.

const BINDING_SUCCESS = 0x0101
const anyId = fc.uint8Array({ minLength: 12, maxLength: 12 })
const anyAddress = fc.record({
  ip: fc
    .oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }))
    .map(decodeIpAddress),
  port: fc.integer({ min: 1, max: 0xffff }),
})

/** Our value of an attribute as the package reads it. */
function readByPackage(type: number, value: Uint8Array, transactionId = new Uint8Array(12)): unknown {
  const message = { class: MessageClass.SuccessResponse, method: Method.Binding, transactionId }
  const bytes = encodeMessage({ ...message, attributes: [{ type, value }] })
  return stunPackage.decode(Buffer.from(bytes)).getAttribute(type)?.value
}

/** The value of an attribute as the package writes it. */
function writtenByPackage(
  type: number,
  values: readonly unknown[],
  transactionId = new Uint8Array(12),
): Uint8Array {
  const message = stunPackage.createMessage(BINDING_SUCCESS, Buffer.from(transactionId))
  message.addAttribute(type, ...values)
  return findAttribute(decodeMessage(message.toBuffer()), type) ?? new Uint8Array()
}

/** The package names the parts of an address in its own way, and writes IPv6 in another form than RFC 5952. */
function addressOf(value: unknown): { ip: string; port: number } {
  const { address, port } = value as { address: string; port: number }
  return { ip: canonicalIpAddress(address), port }
}

test('headers: the same bytes for every class, method and id, and each reads the other', () => {
  const header = fc.record({
    class: fc.constantFrom(...Object.values(MessageClass)),
    method: fc.integer({ min: 1, max: 0xfff }),
    transactionId: anyId,
  })
  fc.assert(
    fc.property(header, (one) => {
      const type = encodeMessageType(one.class, one.method)
      const ours = encodeMessage({ ...one, attributes: [] })
      const theirs = stunPackage.createMessage(type, Buffer.from(one.transactionId)).toBuffer()
      expect(ours).toEqual(Uint8Array.from(theirs))
      expect(decodeMessage(theirs)).toEqual({ ...one, attributes: [] })
      const read = stunPackage.decode(Buffer.from(ours))
      expect([read.type, Uint8Array.from(read.transactionId)]).toEqual([type, one.transactionId])
    }),
    { numRuns: 500 },
  )
})

test.each(['XorMappedAddress', 'XorPeerAddress', 'XorRelayedAddress'] as const)(
  '%s: each reads the other, over IPv4 and IPv6',
  (name) => {
    const type = AttributeType[name]
    fc.assert(
      fc.property(anyAddress, anyId, (address, id) => {
        const ours = encodeXorMappedAddress(address, id)
        expect(writtenByPackage(type, [address.ip, address.port], id)).toEqual(ours)
        expect(addressOf(readByPackage(type, ours, id))).toEqual(address)
        expect(decodeXorMappedAddress(ours, id)).toEqual(address)
      }),
      { numRuns: 500 },
    )
  },
)

test.each(['MappedAddress', 'AlternateServer', 'ResponseOrigin', 'OtherAddress'] as const)(
  '%s: each reads the other, over IPv4 and IPv6',
  (name) => {
    const type = AttributeType[name]
    fc.assert(
      fc.property(anyAddress, (address) => {
        const ours = encodeMappedAddress(address)
        expect(writtenByPackage(type, [address.ip, address.port])).toEqual(ours)
        expect(addressOf(readByPackage(type, ours))).toEqual(address)
        expect(decodeMappedAddress(ours)).toEqual(address)
      }),
    )
  },
)

test('CHANGE-REQUEST: each reads the other; the package has the 32 bits', () => {
  const flags = [
    [0, { changeIp: false, changePort: false }],
    [2, { changeIp: false, changePort: true }],
    [4, { changeIp: true, changePort: false }],
    [6, { changeIp: true, changePort: true }],
  ] as const
  for (const [bits, change] of flags) {
    expect(readByPackage(AttributeType.ChangeRequest, encodeChangeRequest(change))).toBe(bits)
    expect(decodeChangeRequest(writtenByPackage(AttributeType.ChangeRequest, [bits]))).toEqual(change)
  }
})

test('RESPONSE-PORT: each reads the other; the package writes the port alone, without the two bytes after it', () => {
  expect(readByPackage(AttributeType.ResponsePort, encodeResponsePort(40_000))).toBe(40_000)
  const theirs = writtenByPackage(AttributeType.ResponsePort, [40_000])
  expect(theirs).toHaveLength(2)
  expect(decodeResponsePort(theirs)).toBe(40_000)
})

test('PADDING: each reads the other', () => {
  const padding = encodePadding(1500)
  expect(Uint8Array.from(readByPackage(AttributeType.Padding, padding) as Uint8Array)).toEqual(padding)
  expect(writtenByPackage(AttributeType.Padding, [Buffer.from(padding)])).toEqual(padding)
})

test('UNKNOWN-ATTRIBUTES: each reads the other', () => {
  const types = [0x7fff, 0x0003]
  expect(readByPackage(AttributeType.UnknownAttributes, encodeUnknownAttributes(types))).toEqual(types)
  expect(decodeUnknownAttributes(writtenByPackage(AttributeType.UnknownAttributes, [types]))).toEqual(types)
})

test('FINGERPRINT: the package accepts ours', () => {
  const message = { class: MessageClass.Request, method: Method.Binding, transactionId: new Uint8Array(12) }
  const bytes = appendFingerprint(encodeMessage({ ...message, attributes: [] }))
  expect(stunPackage.validateFingerprint(stunPackage.decode(Buffer.from(bytes)))).toBe(true)
})

test('ERROR-CODE: the package writes it right and reads 420 as 480', () => {
  const error = { code: 420, reason: 'Unknown Attribute' }
  const type = AttributeType.ErrorCode
  expect(decodeErrorCode(writtenByPackage(type, [error.code, error.reason]))).toEqual(error)
  expect(readByPackage(type, encodeErrorCode(error))).toEqual({ ...error, code: 480 })
})

test('MAPPED-ADDRESS with port 0: the package refuses it', () => {
  const value = encodeMappedAddress({ ip: '192.0.2.1', port: 0 })
  expect(decodeMappedAddress(value)).toEqual({ ip: '192.0.2.1', port: 0 })
  expect(() => readByPackage(AttributeType.MappedAddress, value)).toThrow('isPort(port)')
})

test('RFC 5769: the package reads the addresses, and rejects integrity and fingerprint of what it cannot write again', () => {
  const [ipv4, ipv6] = [vectors.SAMPLE_IPV4_RESPONSE, vectors.SAMPLE_IPV6_RESPONSE].map((bytes) =>
    stunPackage.decode(Buffer.from(bytes)),
  )
  const address = (message = ipv4) => addressOf(message?.getAttribute(AttributeType.XorMappedAddress)?.value)
  expect(address(ipv4)).toEqual({ ip: '192.0.2.1', port: 32853 })
  expect(address(ipv6)).toEqual({ ip: '2001:db8:1234:5678:11:2233:4455:6677', port: 32853 })
  const request = stunPackage.decode(Buffer.from(vectors.SAMPLE_REQUEST))
  expect(stunPackage.validateMessageIntegrity(request, 'VOkJxbRl1RmTxUk/WvJxBt')).toBe(false)
  expect(stunPackage.validateFingerprint(request)).toBe(false)
})
