import { expect, test } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import { MemoryBroker } from '@p2pd/signal-mqtt'
import { PairingBrokerLink } from './pairing-broker-link.ts'

const [claim, hello] = [Uint8Array.of(1), Uint8Array.of(2)]

/** A link to a broker, its messages, and another client that publishes. */
async function open(clock: ManualClock, broker: MemoryBroker) {
  const connect = () => broker.connect()
  const link = new PairingBrokerLink({ url: 'mqtt://broker', connect, clock, random: () => Uint8Array.of(0) })
  const heard: number[] = []
  const subscribed = link.subscribe('topic', ([byte = 0]) => heard.push(byte))
  subscribed.catch(() => {})
  await clock.advance(0)
  return { link, heard, subscribed }
}

test('after a broker was restarted, a pairing listens there again and holds its number again', async () => {
  const [clock, broker] = [new ManualClock(), new MemoryBroker()]
  const { link, heard } = await open(clock, broker)
  await link.publish('claim', claim, { retain: true })
  broker.stop()
  await clock.advance(5000)
  broker.start()
  await clock.advance(15_000)
  broker.publish('topic', hello)
  const other = await broker.connect()
  const claims: Uint8Array[] = []
  await other.subscribe('claim', (payload) => claims.push(payload))
  await clock.advance(0)
  expect([heard, claims]).toEqual([[2], [claim]])
  await link.close()
  expect(clock.pending).toBe(0)
})

test('a broker that is down at first is found later, and messages do not come twice', async () => {
  const [clock, broker] = [new ManualClock(), new MemoryBroker()]
  broker.stop()
  const { link, heard, subscribed } = await open(clock, broker)
  await expect(subscribed).rejects.toThrow('refused')
  broker.start()
  await clock.advance(1000)
  broker.publish('topic', hello)
  await clock.advance(0)
  link.unsubscribe('topic')
  broker.publish('topic', hello)
  await clock.advance(0)
  expect(heard).toEqual([2])
  await link.close()
})
