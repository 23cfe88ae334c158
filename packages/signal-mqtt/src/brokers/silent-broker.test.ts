import { expect, test } from '@jest/globals'
import { settle } from '@p2pd/netif/testing'
import { alice, bob, bytesOf } from '../testdata/peers.ts'
import { listen, world } from '../testdata/world.ts'
import type { BrokerConnection } from './broker.ts'
import type { BrokerStatus } from './broker-status.ts'
import { connectMemory, MemoryBroker } from './memory-broker.ts'

const URL = 'mqtt://broker.example'
const never = new Promise<never>(() => {})

/** Alice, whose connections to the broker can be cut in silence, and Bob, who listens. */
async function start() {
  const all = world([[URL, new MemoryBroker()]])
  const states: BrokerStatus['state'][] = []
  const connections: (BrokerConnection & { isCut: boolean })[] = []
  const from = all.open(alice, {
    connect: async (url, signal) => {
      const connection = await connectMemory(all.brokers)(url, signal)
      const publish = connection.publish.bind(connection)
      const cuttable = Object.assign(connection, {
        isCut: false,
        ping: () => (cuttable.isCut ? never : Promise.resolve()),
        publish: (...message: Parameters<typeof publish>) => (cuttable.isCut ? never : publish(...message)),
      })
      connections.push(cuttable)
      return cuttable
    },
    onBroker: ({ state }) => states.push(state),
  })
  const to = all.open(bob)
  await Promise.all([from.ready(), to.ready()])
  states.length = 0
  return { ...all, from, to, texts: listen(to), states, connections }
}

test('a connection that does not answer a ping is made again, and what was under way goes by the new one', async () => {
  const { clock, from, to, texts, states, connections } = await start()
  for (const connection of connections) connection.isCut = true
  const sent = from.send(bob.publicKey, bytesOf('there?'))
  from.verifyBrokers()
  from.verifyBrokers()
  await clock.advance(299)
  expect([texts, states]).toEqual([[], []])
  await clock.advance(1)
  await sent
  expect(states).toEqual(['down', 'up'])
  expect(connections).toHaveLength(2)
  await clock.advance(0)
  expect(texts).toEqual(['alice: there?'])
  await Promise.all([from.close(), to.close()])
  expect(clock.pending).toBe(0)
})

test('a connection that answers stays', async () => {
  const { clock, from, to, states, connections } = await start()
  from.verifyBrokers()
  await clock.advance(2000)
  await settle()
  expect([states, connections.length]).toEqual([[], 1])
  await Promise.all([from.close(), to.close()])
})

test('a message that a silent broker has not taken in time fails with the reason of the broker', async () => {
  const { clock, brokers, open } = world([[URL, new MemoryBroker()]])
  const from = open(alice, {
    connect: async (url, signal) => {
      const connection = await connectMemory(brokers)(url, signal)
      const gone = new Promise<never>((_, reject) =>
        signal.addEventListener('abort', () => reject(new Error('the connection was closed'))),
      )
      gone.catch(() => {})
      return Object.assign(connection, { subscribe: () => gone, publish: () => gone })
    },
  })
  const failed = expect(from.send(bob.publicKey, bytesOf('there?'))).rejects.toThrow('no answer within 4 s')
  await settle()
  await clock.advance(4000)
  await failed
  await from.close()
})
