import { isIP } from 'node:net'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { canonicalIpAddress, decodeIpAddress, encodeIpAddress } from './ip-address.ts'
import { StunError } from '../stun-error.ts'

test('writes IPv6 the one way RFC 5952 §4 allows', () => {
  expect(canonicalIpAddress('2001:0DB8:0:0:1:0:0:1')).toBe('2001:db8::1:0:0:1')
  expect(canonicalIpAddress('2001:0:0:1:0:0:0:1')).toBe('2001:0:0:1::1')
  expect(canonicalIpAddress('0:0:0:0:0:0:0:0')).toBe('::')
  expect(canonicalIpAddress('2001:db8:0:1:1:1:1:1')).toBe('2001:db8:0:1:1:1:1:1')
  expect(canonicalIpAddress('::FFFF:192.0.2.1')).toBe('::ffff:192.0.2.1')
  expect(canonicalIpAddress('FE80::1%eth0')).toBe('fe80::1%eth0')
})

test('decodes what it encodes, and reads what it writes', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc
      .array(fc.oneof(fc.constant(0), fc.nat(255)), { minLength: 16, maxLength: 16 })
      .map((a) => Uint8Array.from(a)),
  )
  fc.assert(fc.property(bytes, (ip) => expect(encodeIpAddress(decodeIpAddress(ip))).toEqual(ip)))
})

test('takes the same texts for addresses as Node', () => {
  const text = fc.oneof(
    fc.stringMatching(/^[0-9a-f:.]{0,24}$/),
    fc.ipV4(),
    fc.ipV6(),
    fc
      .array(fc.constantFrom('0', '1', 'ffff', '', '1.2.3.4', '01'), { maxLength: 9 })
      .map((parts) => parts.join(':')),
  )
  const parse = (ip: string) => {
    try {
      return encodeIpAddress(ip).length === 4 ? 4 : 6
    } catch (error) {
      if (!(error instanceof StunError)) throw error
      return 0
    }
  }
  fc.assert(
    fc.property(text, (ip) => expect([ip, parse(ip)]).toEqual([ip, isIP(ip)])),
    { numRuns: 5000 },
  )
})
