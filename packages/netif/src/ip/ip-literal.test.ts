import { isIP } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { canonicalIp, familyOf, isIpv4, isIpv6, isLiteral, literalFamily, splitZone } from '@p2pd/netif'
import fc from 'fast-check'

test('what other parsers take for an address is none', () => {
  for (const text of [
    '1',
    '127.1',
    '010.0.0.1',
    '0x7f.0.0.1',
    '1.2.3.4 ',
    '1.2.3.256',
    '',
    '::1::',
    '1:2',
    'example.com',
  ]) {
    expect([text, isLiteral(text)]).toEqual([text, false])
  }
  for (const text of [
    '::ffff:010.0.0.1',
    '12345::',
    ':::',
    ':1::2',
    '1:2:3:4:5:6:7:8:9',
    'fe80::1%',
    'fe80::1%a b',
    '[::1]',
  ]) {
    expect([text, isLiteral(text)]).toEqual([text, false])
  }
})

test('both families, with a zone and with an embedded IPv4 address', () => {
  expect(literalFamily('192.0.2.1')).toBe('IPv4')
  for (const text of [
    '::',
    '::1',
    'fe80::1%eth0',
    '2001:DB8::1',
    '::ffff:192.0.2.1',
    '1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:1.2.3.4',
  ]) {
    expect([text, literalFamily(text)]).toEqual([text, 'IPv6'])
  }
  expect(splitZone('fe80::1%Ethernet_2')).toEqual({ ip: 'fe80::1', zone: 'Ethernet_2' })
  expect(splitZone('fe80::1')).toEqual({ ip: 'fe80::1' })
})

test('the canonical form is that of RFC 5952 §4', () => {
  expect(canonicalIp('2001:0DB8:0:0:1:0:0:1')).toBe('2001:db8::1:0:0:1')
  expect(canonicalIp('2001:db8:0:1:1:1:1:1')).toBe('2001:db8:0:1:1:1:1:1')
  expect(canonicalIp('FE80::0001%eth0')).toBe('fe80::1%eth0')
  expect(() => canonicalIp('1')).toThrow(expect.objectContaining({ code: 'NETIF_INVALID_ARGUMENT' }))
})

describe('compared with Node’s own parser', () => {
  const near = fc.stringMatching(/^[0-9a-f:.]{0,24}$/)
  test('every address Node knows is one here, and nothing else', () => {
    const zoneless = fc.oneof(fc.ipV4(), fc.ipV6(), near, fc.string()).filter((text) => !text.includes('%'))
    fc.assert(
      fc.property(zoneless, (text) => {
        const expected = { 0: undefined, 4: 'IPv4', 6: 'IPv6' }[isIP(text)]
        expect(literalFamily(text)).toBe(expected)
        expect(isIpv4(text) || isIpv6(text)).toBe(expected !== undefined)
        expect(expected === undefined || familyOf(text) === expected).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  test('the canonical form is the same address', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (ip) => {
        expect(canonicalIp(canonicalIp(ip))).toBe(canonicalIp(ip))
      }),
    )
  })
})
