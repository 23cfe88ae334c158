import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, test } from '@jest/globals'
import { bindMulticast } from './bind-multicast.ts'
import { connectUdp } from './connect-udp.ts'

const GROUP = '239.255.255.250'
const LOOPBACK = { ip: '127.0.0.1', port: 0 }

test('multicast leaves by the NIC of its address, whatever the default route', async () => {
  const receiver = createSocket({ type: 'udp4', reuseAddr: true })
  receiver.bind(0, '0.0.0.0')
  await once(receiver, 'listening')
  receiver.addMembership(GROUP, LOOPBACK.ip)
  const received = once(receiver, 'message')
  const sender = await bindMulticast({ local: LOOPBACK })
  sender.send(new TextEncoder().encode('hello'), { ip: GROUP, port: receiver.address().port })
  const [data, from] = (await received) as [Buffer, { address: string; port: number }]
  expect([data.toString(), from.address, from.port]).toEqual(['hello', LOOPBACK.ip, sender.local.port])
  sender.close()
  receiver.close()
})

test('a closed port is reported to a connected socket; an address of another host cannot be bound', async () => {
  const closed = await connectUdp({ local: LOOPBACK, remote: { ip: LOOPBACK.ip, port: 9 } })
  const refused = new Promise<void>((resolve) => closed.onRefused(resolve))
  closed.send(Uint8Array.of(0), closed.local)
  await refused
  closed.close()
  await expect(
    connectUdp({ local: { ip: '192.0.2.1', port: 0 }, remote: { ip: LOOPBACK.ip, port: 9 } }),
  ).rejects.toMatchObject({ code: 'NETIF_ADDRESS_NOT_AVAILABLE' })
})
