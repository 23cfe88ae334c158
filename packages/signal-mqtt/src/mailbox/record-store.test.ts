import { expect, test } from '@jest/globals'
import { connectMemory, MemoryBroker } from '../brokers/memory-broker.ts'
import { nodeCrypto } from '../nodejs/node-crypto.ts'
import type { SignalOptions } from '../signal.ts'
import { ManualClock, settle } from '@p2pd/netif/testing'
import { alice, bob, bytesOf, textOf } from '../testdata/peers.ts'
import { A, B, listen, world } from '../testdata/world.ts'
import { recordTopic } from '../envelope/topic.ts'

const HOUR = 3_600_000
const bobsTopic = recordTopic(nodeCrypto, bob.publicKey)

async function bodyOf(fetching: Promise<{ readonly body: Uint8Array } | undefined>, clock: ManualClock) {
  await clock.advance(1000)
  const record = await fetching
  return record && textOf(record.body)
}

test('a record is in hand after half the signalling round trip, an answer after all of it', async () => {
  const clock = new ManualClock()
  const ways = { clock, delayMs: 25 } // R_s is four ways: 100 ms.
  const { open } = world(
    [
      [A, new MemoryBroker(ways)],
      [B, new MemoryBroker(ways)],
    ],
    clock,
  ) // prettier-ignore
  const [from, to] = [open(alice), open(bob)]
  await clock.advance(150)
  await Promise.all([from.ready(), to.ready()])
  await Promise.all([to.records.publish(bytesOf('at 192.0.2.1')), clock.advance(1000)])
  const startedAt = clock.now()
  const times: Record<string, number> = {}
  to.onMessage((sender) => void to.send(sender, bytesOf('answer')))
  from.onMessage(() => {
    times['answer'] = clock.now() - startedAt
  })
  const sent = from.send(bob.publicKey, bytesOf('offer'))
  const fetching = from.records.fetch(bob.publicKey)
  void fetching.then(() => {
    times['record'] = clock.now() - startedAt
  })
  await clock.advance(200)
  await Promise.all([sent, fetching])
  expect(times).toEqual({ record: 50, answer: 100 })
  await Promise.all([from.close(), to.close(), clock.advance(1000)])
})

test('a record is replaced, kept alive, brought to a broker that was away, and taken back', async () => {
  const brokers = [new MemoryBroker(), new MemoryBroker()] as const
  const { clock, open } = world([
    [A, brokers[0]],
    [B, brokers[1]],
  ]) // prettier-ignore
  const [from, to] = [open(alice), open(bob)]
  await Promise.all([from.ready(), to.ready()])
  const fetched = () => bodyOf(from.records.fetch(bob.publicKey), clock)
  expect(await fetched()).toBeUndefined()
  await to.records.publish(bytesOf('first'))
  expect(await fetched()).toBe('first')
  await to.records.publish(bytesOf('second'))
  expect(await fetched()).toBe('second')
  expect(to.status().map(({ keepsRecord }) => keepsRecord)).toEqual([true, true])
  await clock.advance(3 * HOUR)
  expect(await fetched()).toBe('second')
  brokers[0].stop()
  brokers[0].start()
  await clock.advance(1000)
  brokers[1].stop()
  expect(await fetched()).toBe('second')
  brokers[1].start()
  await clock.advance(1000)
  await to.close()
  expect(await fetched()).toBeUndefined()
  await from.close()
  expect(clock.pending).toBe(0)
})

test('a record of a node that vanished expires', async () => {
  const broker = new MemoryBroker()
  const { clock, open } = world([[A, broker]])
  const [from, to] = [open(alice), open(bob, { connect: vanishing })]
  await Promise.all([from.ready(), to.ready()])
  await to.records.publish(bytesOf('here'))
  await to.close()
  expect(await bodyOf(from.records.fetch(bob.publicKey), clock)).toBe('here')
  await clock.advance(HOUR + 6 * 60_000)
  expect(await bodyOf(from.records.fetch(bob.publicKey), clock)).toBeUndefined()
  await from.close()

  /** A connection that does not get to say goodbye. */
  async function vanishing(): ReturnType<SignalOptions['connect']> {
    const connection = await broker.connect()
    const { publish } = connection
    connection.publish = async (topic, payload, options) => {
      if (payload.length > 0) await publish.call(connection, topic, payload, options)
    }
    return connection
  }
})

test('junk on the topic of a record is passed over', async () => {
  const brokers = [new MemoryBroker(), new MemoryBroker()] as const
  const { clock, open } = world([
    [A, brokers[0]],
    [B, brokers[1]],
  ]) // prettier-ignore
  const [from, to] = [open(alice), open(bob)]
  await Promise.all([from.ready(), to.ready()])
  await to.records.publish(bytesOf('here'))
  brokers[0].publish(bobsTopic, new Uint8Array(541), { retain: true })
  expect(await bodyOf(from.records.fetch(bob.publicKey), clock)).toBe('here')
  brokers[1].publish(bobsTopic, bytesOf('junk'), { retain: true })
  expect(await bodyOf(from.records.fetch(bob.publicKey), clock)).toBeUndefined()
  await Promise.all([from.close(), to.close()])
})

test('a broker that keeps nothing is noticed', async () => {
  const { clock, open } = world([[A, new MemoryBroker({ retains: false })]])
  const [from, to] = [open(alice), open(bob)]
  await Promise.all([from.ready(), to.ready()])
  await Promise.all([to.records.publish(bytesOf('here')), clock.advance(1000)])
  expect(to.status()[0]?.keepsRecord).toBe(false)
  expect(await bodyOf(from.records.fetch(bob.publicKey), clock)).toBeUndefined()
  await Promise.all([from.close(), to.close()])
})

test('a broker that ends the connection on a retained message gets no third one, and serves otherwise', async () => {
  const broker = new MemoryBroker()
  const { clock, brokers, open } = world([[A, broker]])
  let retained = 0
  const from = open(alice)
  const to = open(bob, { connect: refusing })
  const texts = listen(to)
  await Promise.all([from.ready(), to.ready()])
  await to.records.publish(bytesOf('here'))
  await clock.advance(10_000)
  expect(retained).toBe(2)
  expect(to.status()[0]).toMatchObject({ state: 'up', keepsRecord: false })
  await from.send(bob.publicKey, bytesOf('hello'))
  await settle()
  expect(texts).toEqual(['alice: hello'])
  await Promise.all([from.close(), to.close()])

  async function refusing(url: string, signal: AbortSignal): ReturnType<SignalOptions['connect']> {
    const connection = await connectMemory(brokers)(url, signal)
    const { publish, onEnd } = connection
    let end: (reason: string) => void = () => {}
    connection.onEnd = (listener) => {
      end = listener
      onEnd.call(connection, listener)
    }
    connection.publish = async (topic, payload, options) => {
      if (!options?.retain) return publish.call(connection, topic, payload, options)
      retained++
      end('retain not supported')
      throw new Error('retain not supported')
    }
    return connection
  }
})
