import { expect, test } from '@jest/globals'
import { isUnspecified, kindOf, scopeOf } from '@p2pd/netif'
import fc from 'fast-check'

test.each([
  ['0.0.0.0', 'unspecified', 'host'],
  ['127.1.2.3', 'loopback', 'host'],
  ['10.255.0.1', 'private', 'private'],
  ['172.15.255.255', 'global', 'global'],
  ['172.16.0.0', 'private', 'private'],
  ['172.31.255.255', 'private', 'private'],
  ['172.32.0.0', 'global', 'global'],
  ['192.168.1.1', 'private', 'private'],
  ['100.64.0.1', 'shared', 'private'],
  ['100.127.255.255', 'shared', 'private'],
  ['100.128.0.0', 'global', 'global'],
  ['169.254.1.1', 'link-local', 'link'],
  ['198.18.0.1', 'benchmarking', 'private'],
  ['203.0.113.7', 'documentation', 'global'],
  ['224.0.0.1', 'multicast', 'global'],
  ['255.255.255.255', 'broadcast', 'link'],
  ['240.0.0.1', 'reserved', 'global'],
  ['1.1.1.1', 'global', 'global'],
  ['::', 'unspecified', 'host'],
  ['::1', 'loopback', 'host'],
  ['fe80::1%eth0', 'link-local', 'link'],
  ['fd00::1', 'unique-local', 'private'],
  ['2001:db8::1', 'documentation', 'global'],
  ['ff02::1', 'multicast', 'global'],
  ['2606:4700::1111', 'global', 'global'],
  ['::ffff:10.0.0.1', 'ipv4-mapped', 'private'],
  ['::ffff:1.1.1.1', 'ipv4-mapped', 'global'],
])('%s is %s, its scope %s', (ip, kind, scope) => {
  expect([kindOf(ip), scopeOf(ip)]).toEqual([kind, scope])
})

test('only two addresses stand for all', () => {
  expect(['0.0.0.0', '::', '::1', '0.0.0.1'].map(isUnspecified)).toEqual([true, true, false, false])
})

test('every address has a scope; a text that is none is refused', () => {
  fc.assert(fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (ip) => scopeOf(ip).length > 0))
  expect(() => scopeOf('localhost')).toThrow(expect.objectContaining({ code: 'NETIF_INVALID_ARGUMENT' }))
})
