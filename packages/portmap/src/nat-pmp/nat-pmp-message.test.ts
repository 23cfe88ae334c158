import { expect, test } from '@jest/globals'
import {
  decodeNatPmpResponse,
  encodeNatPmpAddressRequest,
  encodeNatPmpMapRequest,
} from './nat-pmp-message.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))

test('requests, byte for byte as RFC 6886 §3.2 and §3.3 draw them', () => {
  expect(hex(encodeNatPmpAddressRequest())).toBe('0000')
  const map = { internalPort: 4000, suggestedExternalPort: 4001, lifetimeSeconds: 3600 }
  expect(hex(encodeNatPmpMapRequest({ ...map, transport: 'udp' }))).toBe('000100000fa00fa100000e10')
  expect(hex(encodeNatPmpMapRequest({ ...map, transport: 'tcp' }))).toBe('000200000fa00fa100000e10')
})

test('internal port 0 would delete everything, and is never sent', () => {
  const all = { transport: 'udp', internalPort: 0, suggestedExternalPort: 0, lifetimeSeconds: 0 } as const
  expect(() => encodeNatPmpMapRequest(all)).toThrow(
    expect.objectContaining({ code: 'PORTMAP_INVALID_ARGUMENT' }),
  )
})

test('answers', () => {
  expect(decodeNatPmpResponse(bytes('00800000000006e705050501'))).toEqual({
    opcode: 0,
    resultCode: 0,
    epochSeconds: 1767,
    externalIp: '5.5.5.1',
  })
  expect(decodeNatPmpResponse(bytes('00810000000006e70fa00fa100000e10'))).toEqual({
    opcode: 1,
    resultCode: 0,
    epochSeconds: 1767,
    map: { internalPort: 4000, assignedExternalPort: 4001, lifetimeSeconds: 3600 },
  })
  expect(decodeNatPmpResponse(bytes('00820003000006e7'))).toEqual({
    opcode: 2,
    resultCode: 3,
    epochSeconds: 1767,
  })
})

test.each([
  '',
  '00',
  '0000',
  '008000000000000',
  '00800000000006e7',
  '00810000000006e70fa0',
  '01800000000006e705050501',
  '00830000000006e705050501',
])('not an answer: %s', (packet) => {
  expect(() => decodeNatPmpResponse(bytes(packet))).toThrow(
    expect.objectContaining({ code: 'PORTMAP_MALFORMED' }),
  )
})
