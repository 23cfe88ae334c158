import { networkInterfaces } from 'node:os'
import { expect, test } from '@jest/globals'
import { systemNetwork, systemRandom } from '@p2pd/netif/node'
import { testNetwork } from '@p2pd/netif/testing'

const loopback = { IPv4: '127.0.0.1', IPv6: '::1' } as const
const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
)

testNetwork('the system’s network', hasIpv6 ? ['IPv4', 'IPv6'] : ['IPv4'], async (family) => {
  const host = { network: systemNetwork, ip: loopback[family] }
  return { alice: host, bob: host, settle: (promise) => promise }
})

test('random bytes have the length asked for, beyond one system call too', () => {
  expect(systemRandom(0)).toHaveLength(0)
  expect(systemRandom(100_000)).toHaveLength(100_000)
  // Few bytes come from a pool that is filled again and again; each is given once.
  const drawn = Array.from({ length: 1000 }, () => systemRandom(13).join())
  expect(new Set(drawn).size).toBe(1000)
})
