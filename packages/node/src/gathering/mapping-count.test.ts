import { expect, test } from '@jest/globals'
import type { Interface, Network, UdpSocket } from '@p2pd/netif'
import { address, nic } from '../testdata/nics.ts'
import { MappingCount } from './mapping-count.ts'

const interfaces = (): readonly Interface[] => []
const socket = { local: { ip: '192.168.1.2', port: 9 }, send() {}, onMessage: () => () => {}, close() {} }
const network = {
  bindUdp: () => Promise.resolve(socket as UdpSocket),
  dial: () => Promise.reject(new Error('nobody there')),
} as unknown as Network
const remote = { ip: '203.0.113.1', port: 80 }
const dial = (watched: Network, port: number, to = remote) =>
  watched.dial({ remote: to, local: { ip: '192.168.1.2', port } }).catch(() => {})

test('a dial counts, from a given port once for each remote', async () => {
  const count = new MappingCount(interfaces)
  const watched = count.watch(network)
  for (const port of [0, 0, 4000, 4000]) await dial(watched, port)
  await dial(watched, 4000, { ...remote, port: 81 })
  expect(count.made).toEqual({ udp: 0, tcp: 4 })
})

test('the first datagram to each remote counts', async () => {
  const count = new MappingCount(interfaces)
  const udp = await count.watch(network).bindUdp({ local: { ip: '0.0.0.0', port: 0 } })
  for (const port of [1, 2, 1]) udp.send(new Uint8Array(1), { ...remote, port })
  expect(count.made).toEqual({ udp: 2, tcp: 0 })
})

test('traffic of this host and within its networks needs no mapping', async () => {
  const count = new MappingCount(() => [nic('eth0', [address('192.168.1.2', 'private')], 100)])
  for (const ip of ['127.0.0.1', '192.168.1.7']) await dial(count.watch(network), 0, { ip, port: 1 })
  await dial(count.watch(network), 0, { ip: '192.168.2.7', port: 1 })
  expect(count.made.tcp).toBe(1)
})
