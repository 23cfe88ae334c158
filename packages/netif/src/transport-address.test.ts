import { expect, test } from '@jest/globals'
import { familyOf, formatTransportAddress, sameTransportAddress } from '@p2pd/netif'

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
