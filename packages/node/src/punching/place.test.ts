import { expect, test } from '@jest/globals'
import type { Interface, InterfaceAddress } from '@p2pd/netif'
import { placesOf } from './place.ts'

const address = (ip: string, scope: InterfaceAddress['scope']): InterfaceAddress => ({
  family: ip.includes(':') ? 'IPv6' : 'IPv4',
  ip,
  prefixLength: ip.includes(':') ? 64 : 24,
  scope,
  temporary: false,
  deprecated: false,
})

function nic(name: string, addresses: InterfaceAddress[], metric?: number): Interface {
  const gateways = metric === undefined ? [] : [{ family: 'IPv4' as const, ip: '192.168.1.1', metric }]
  return {
    name,
    humanName: name,
    index: 1,
    mtu: 1500,
    up: true,
    type: name === 'lo' ? 'loopback' : 'ethernet',
    addresses,
    gateways,
    default: { IPv4: metric !== undefined, IPv6: false },
  }
}

const lo = nic('lo', [address('127.0.0.1', 'host'), address('::1', 'host')])
const lan = nic('eth0', [address('192.168.1.5', 'private'), address('fe80::1', 'link')], 100)
const mobile = nic('wwan0', [address('10.0.0.5', 'private')], 50)
const spare = nic('eth1', [address('172.16.0.5', 'private')])
const names = (places: ReturnType<typeof placesOf>) =>
  places.map(({ ip, interfaceName }) => [ip, interfaceName])

test.each<[string, Interface[], boolean, unknown]>([
  [
    'the default route, the best first; others by name',
    [lo, lan, mobile],
    false,
    [
      ['10.0.0.5', undefined],
      ['192.168.1.5', 'eth0'],
    ],
  ],
  ['no NIC beside one with a default route', [lo, lan, spare], false, [['192.168.1.5', undefined]]],
  ['a network without a way out', [lo, spare], false, [['172.16.0.5', undefined]]],
  [
    'loopback, where there is nothing else',
    [lo],
    false,
    [
      ['127.0.0.1', undefined],
      ['::1', undefined],
    ],
  ],
  [
    'loopback, where the servers are',
    [lo, lan],
    true,
    [
      ['127.0.0.1', undefined],
      ['::1', undefined],
    ],
  ],
  ['not a NIC that is down', [lo, { ...lan, up: false }, spare], false, [['172.16.0.5', undefined]]],
])('punches leave by %s', (_, interfaces, serversAreHere, expected) => {
  expect(names(placesOf(interfaces, serversAreHere))).toEqual(expected)
})
