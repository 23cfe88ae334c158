import { networkInterfaces } from 'node:os'
import { expect, test } from '@jest/globals'
import { systemNetwork } from '@p2pd/netif/node'
import { testNetwork } from '@p2pd/netif/testing'
import { loadUdx } from './load-udx.ts'

const loopback = { IPv4: '127.0.0.1', IPv6: '::1' } as const
const addresses = Object.entries(networkInterfaces()).flatMap(([name, all]) =>
  (all ?? []).map((address) => ({ ...address, name })),
)
const hasIpv6 = addresses.some(({ address }) => address === '::1')
const udx = await loadUdx()

testNetwork('sockets of udx', hasIpv6 ? ['IPv4', 'IPv6'] : ['IPv4'], async (family) => {
  const network = { ...systemNetwork, bindUdp: udx.bindUdp }
  const host = { network, ip: loopback[family] }
  return { alice: host, bob: host, settle: (promise) => promise }
})

test('a NIC’s name stands for its address, as with any socket', async () => {
  const [nic] = addresses.filter(({ address }) => address === '127.0.0.1')
  const socket = await udx.bindUdp({
    local: { ip: '0.0.0.0', port: 0 },
    interfaceName: nic?.name ?? '',
  })
  expect(socket.local.ip).toBe('127.0.0.1')
  socket.close()
  const unknown = udx.bindUdp({ local: { ip: '0.0.0.0', port: 0 }, interfaceName: 'no such nic' })
  await expect(unknown).rejects.toMatchObject({ code: 'NETIF_NOT_FOUND' })
})

test('link-local addresses carry their zone, also those of senders', async () => {
  for (const { address, name } of addresses.filter((one) => one.address.startsWith('fe80:'))) {
    const local = { ip: `${address}%${name}`, port: 0 }
    const [a, b] = await Promise.all([udx.bindUdp({ local }), systemNetwork.bindUdp({ local })])
    const received = new Promise((resolve) => a.onMessage((_, from) => resolve(from)))
    b.send(new Uint8Array(1), a.local)
    expect(await received).toEqual(b.local)
    a.close()
    b.close()
  }
})

test('a datagram that may have been cut is lost, the next one is not', async () => {
  const local = { ip: '127.0.0.1', port: 0 }
  const [a, b] = await Promise.all([udx.bindUdp({ local }), udx.bindUdp({ local })])
  const received = new Promise((resolve) => b.onMessage((data) => resolve(data.length)))
  a.send(new Uint8Array(2048), b.local)
  a.send(new Uint8Array(2047), b.local)
  expect(await received).toBe(2047)
  a.close()
  b.close()
})

test('a datagram can be sent with a TTL that is enough for loopback', async () => {
  const { bindUdp } = await loadUdx()
  const [alice, bob] = await Promise.all([1, 2].map(() => bindUdp({ local: { ip: '127.0.0.1', port: 0 } })))
  try {
    const received = new Promise<Uint8Array>((resolve) => bob?.onMessage(resolve))
    if (bob !== undefined) alice?.send(Uint8Array.of(7), bob.local, 1)
    expect(await received).toEqual(Uint8Array.of(7))
  } finally {
    alice?.close()
    bob?.close()
  }
})
