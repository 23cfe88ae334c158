import { expect, test } from '@jest/globals'
import { sleep } from '@p2pd/netif'
import { alice } from '../testdata/peers.ts'
import { world } from '../testdata/world.ts'
import { connectMemory, MemoryBroker } from './memory-broker.ts'

const URL = 'mqtt://broker.example'
const ROUND_TRIP_MS = 800

test('I1: fault 6: a broker with a round trip of 0.8 s is up after seven of them, beyond the 4 s of others', async () => {
  const { clock, brokers, open } = world([[URL, new MemoryBroker()]])
  const node = open(alice, {
    connect: async (url, signal, measured) => {
      await sleep(clock, 2 * ROUND_TRIP_MS)
      measured?.(ROUND_TRIP_MS)
      await sleep(clock, 5 * ROUND_TRIP_MS)
      return connectMemory(brokers)(url, signal)
    },
  })
  const isReady = node.ready().then(
    () => 'ready',
    (error: Error) => error.message,
  )
  await clock.advance(7 * ROUND_TRIP_MS - 1)
  expect(node.status()).toMatchObject([{ url: URL, state: 'connecting' }])
  await clock.advance(1)
  expect(await isReady).toBe('ready')
  expect(node.status()).toMatchObject([{ url: URL, state: 'up' }])
  await node.close()
  expect(clock.pending).toBe(0)
})
