import { expect, test } from '@jest/globals'
import {
  checkPort,
  familyOf,
  formatTransportAddress,
  NetifError,
  parseTransportAddress,
  sameTransportAddress,
} from '@p2pd/netif'
import fc from 'fast-check'

test('formats both families', () => {
  expect(formatTransportAddress({ ip: '192.0.2.1', port: 80 })).toBe('192.0.2.1:80')
  expect(formatTransportAddress({ ip: '2001:db8::1', port: 80 })).toBe('[2001:db8::1]:80')
  expect(familyOf('::1')).toBe('IPv6')
})

test('compares address and port', () => {
  const a = { ip: '192.0.2.1', port: 80 }
  expect(sameTransportAddress(a, { ...a })).toBe(true)
  expect(sameTransportAddress(a, { ...a, port: 81 })).toBe(false)
})

test('parses what it formats', () => {
  const address = fc.record({
    ip: fc.oneof(fc.ipV4(), fc.ipV6(), fc.constant('fe80::1%eth0')),
    port: fc.integer({ min: 0, max: 65535 }),
  })
  fc.assert(
    fc.property(address, (one) => {
      expect(parseTransportAddress(formatTransportAddress(one))).toEqual(one)
    }),
  )
})

test.each([
  '',
  '1:80',
  '010.0.0.1:80',
  '192.0.2.1',
  '192.0.2.1:',
  '192.0.2.1:70000',
  '192.0.2.1:-1',
  '::1:80',
  '[::1]',
  '[192.0.2.1]:80',
  'localhost:80',
  '[::1]:80 ',
])('refuses %p', (text) => {
  expect(() => parseTransportAddress(text)).toThrow(NetifError)
})

test('a port is a whole number in its range', () => {
  for (const port of [-1, 65536, 1.5, Number.NaN, 70000]) {
    expect(() => checkPort(port)).toThrow(expect.objectContaining({ code: 'NETIF_INVALID_ARGUMENT' }))
  }
  expect(() => checkPort(0, 1)).toThrow('not a port from 1 to 65535: 0')
  expect(() => checkPort(0)).not.toThrow()
})
