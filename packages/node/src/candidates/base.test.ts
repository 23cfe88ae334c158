import { expect, test } from '@jest/globals'
import type { Interface } from '@p2pd/netif'
import { basesOf } from './base.ts'
import { address, loopback as lo, nic } from '../testdata/nics.ts'

const lan = nic('eth0', [address('192.168.1.5', 'private'), address('fe80::1', 'link')], 600)
const mobile = nic('wwan0', [address('10.0.0.5', 'private')], 100)
const spare = nic('eth1', [address('172.16.0.5', 'private')])
const names = (bases: ReturnType<typeof basesOf>) => bases.map(({ ip, interfaceName }) => [ip, interfaceName])

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
  expect(names(basesOf(interfaces, serversAreHere))).toEqual(expected)
})
