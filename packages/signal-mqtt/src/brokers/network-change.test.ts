import { expect, test } from '@jest/globals'
import type { BrokerStatus } from './broker-status.ts'
import { connectMemory, MemoryBroker } from './memory-broker.ts'
import { settle } from '@p2pd/netif/testing'
import { alice, bob, bytesOf } from '../testdata/peers.ts'
import { listen, world } from '../testdata/world.ts'

const URL = 'mqtt://broker.example'

/** Bob, whose connections leave from the address that is set, and the status of his broker. */
async function start(localAddress: string | undefined) {
  const broker = new MemoryBroker()
  const all = world([[URL, broker]])
  const told: (readonly [BrokerStatus['state'], string?])[] = []
  const leaving = { from: localAddress }
  const to = all.open(bob, {
    connect: async (url, signal) => {
      const connection = await connectMemory(all.brokers)(url, signal)
      return Object.assign(connection, { localAddress: leaving.from })
    },
    onBroker: ({ state, reason }) => told.push(reason === undefined ? [state] : [state, reason]),
  })
  await to.ready()
  told.length = 0
  return { ...all, broker, to, told, leaving }
}

test('a connection whose address is gone is made again at once, and listened on', async () => {
  const { open, to, told, leaving } = await start('192.0.2.1')
  const [from, texts] = [open(alice), listen(to)]
  leaving.from = '198.51.100.1'
  to.networkChanged(['127.0.0.1', '198.51.100.1'])
  await settle()
  expect(told).toEqual([['down', 'the network changed: this host no longer has 192.0.2.1'], ['up']])
  await from.send(bob.publicKey, bytesOf('there?'))
  await settle()
  expect(texts).toEqual(['alice: there?'])
  expect(to.status()[0]?.health).toEqual({ score: 1 })
  await Promise.all([from.close(), to.close()])
})

test.each([['192.0.2.1'], [undefined]])(
  'a connection from %s stays when that is still there, or is not known',
  async (local) => {
    const { to, told } = await start(local)
    to.networkChanged(['192.0.2.1', '198.51.100.1'])
    await settle()
    expect(told).toEqual([])
    await to.close()
  },
)

test('a broker that was given up for a while is tried at once', async () => {
  const { broker, clock, to, told } = await start('192.0.2.1')
  broker.stop()
  await settle()
  broker.start()
  told.length = 0
  const { pending } = clock
  to.networkChanged(['192.0.2.1'])
  await settle()
  expect(told).toEqual([['down', 'the network changed'], ['up']])
  expect(clock.pending).toBe(pending - 1)
  await to.close()
  expect(clock.pending).toBe(0)
})

test('nothing is connected again after the close', async () => {
  const { clock, to, told } = await start('192.0.2.1')
  await to.close()
  told.length = 0
  to.networkChanged(['198.51.100.1'])
  await settle()
  expect(told).toEqual([])
  expect(clock.pending).toBe(0)
})
