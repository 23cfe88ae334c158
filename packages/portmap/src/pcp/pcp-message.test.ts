import { expect, test } from '@jest/globals'
import { decodePcpAddress, encodePcpAddress } from './pcp-address.ts'
import { acceptMap } from './pcp-client.ts'
import { decodePcpResponse, encodePcpMapRequest } from './pcp-message.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const bytes = (...parts: string[]) => Uint8Array.from(Buffer.from(parts.join(''), 'hex'))

const mappingNonce = Uint8Array.from({ length: 12 }, (_, i) => i + 1)
const request = {
  transport: 'udp',
  internal: { ip: '192.168.7.2', port: 4000 },
  suggestedExternalPort: 4000,
  lifetimeSeconds: 600,
  mappingNonce,
} as const

test('a MAP request, byte for byte as RFC 6887 §7.1 and §11.1 draw it', () => {
  const packet = encodePcpMapRequest({
    clientIp: '192.168.7.2',
    mappingNonce,
    transport: 'udp',
    internalPort: 4000,
    suggestedExternalPort: 4001,
    suggestedExternalIp: '0.0.0.0',
    lifetimeSeconds: 600,
  })
  expect(hex(packet)).toBe(
    [
      '02010000', // version, R and opcode, reserved
      '00000258', // lifetime
      '00000000000000000000ffffc0a80702', // client
      '0102030405060708090a0b0c', // nonce
      '11000000', // protocol, reserved
      '0fa00fa1', // internal port, suggested external port
      '00000000000000000000ffff00000000',
    ].join(''),
  )
})

/** An answer of miniupnpd 2.3.1 as tcpdump showed it, its nonce replaced. */
const answer = bytes(
  '02810000',
  '00000258',
  '000006e7',
  '000000000000000000000000',
  '0102030405060708090a0b0c',
  '11000000',
  '0fa00fa0',
  '00000000000000000000ffff05050501',
)

test('an answer to MAP', () => {
  expect(decodePcpResponse(answer)).toEqual({
    version: 2,
    opcode: 1,
    resultCode: 0,
    lifetimeSeconds: 600,
    epochSeconds: 1767,
    map: {
      mappingNonce,
      protocolNumber: 17,
      internalPort: 4000,
      assignedExternalPort: 4000,
      assignedExternalIp: '5.5.5.1',
    },
  })
})

test('an answer counts only with the nonce, protocol and port of the request', () => {
  expect(acceptMap(answer, request)?.resultCode).toBe(0)
  for (const at of [24, 35, 36, 41]) {
    const other = answer.slice()
    other[at] = (other[at] ?? 0) ^ 0xff
    expect(acceptMap(other, request)).toBeUndefined()
  }
})

test('a gateway that only knows NAT-PMP says so with 8 bytes', () => {
  expect(acceptMap(bytes('0081000100000000'), request)?.resultCode).toBe(1)
  expect(acceptMap(bytes('0080000000000000'), request)).toBeUndefined()
})

test.each([
  ['192.0.2.1', '00000000000000000000ffffc0000201'],
  ['2001:db8::1', '20010db8000000000000000000000001'],
  ['::', '00000000000000000000000000000000'],
  ['fe80::1%eth0', 'fe800000000000000000000000000001'],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
  ['64:ff9b::1.2.3.4', '0064ff9b000000000000000001020304'],
])('address field: %s', (ip, expected) => {
  const field = encodePcpAddress(ip)
  expect(hex(field)).toBe(expected)
  expect(hex(encodePcpAddress(decodePcpAddress(field)))).toBe(expected)
})

test.each(['', '02', '02810000', '0201'.padEnd(120, '0'), '0281'.padEnd(2400, '0'), '0281'.padEnd(50, '0')])(
  'not an answer: %#',
  (packet) => {
    expect(() => decodePcpResponse(bytes(packet))).toThrow(
      expect.objectContaining({ code: 'PORTMAP_MALFORMED' }),
    )
  },
)
