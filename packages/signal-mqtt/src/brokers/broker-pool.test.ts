import { expect, test } from '@jest/globals'
import { connectMemory, MemoryBroker } from './memory-broker.ts'
import { nodeCrypto } from '../nodejs/node-crypto.ts'
import { brokersOf } from './rendezvous.ts'
import { settle } from '@p2pd/netif/testing'
import { alice, bob, bytesOf } from '../testdata/peers.ts'
import { listen, world } from '../testdata/world.ts'

/** A world of so many brokers, and a count of connections made to each. */
function counted(count: number) {
  const urls = Array.from({ length: count }, (_, i) => `mqtt://broker-${i}.example`)
  const made = new Map<string, number>()
  const all = world(urls.map((url) => [url, new MemoryBroker()]))
  const connect: ReturnType<typeof connectMemory> = (url, signal) => {
    made.set(url, (made.get(url) ?? 0) + 1)
    return connectMemory(all.brokers)(url, signal)
  }
  return { ...all, urls, made, connect, of: (key: Uint8Array) => brokersOf(nodeCrypto, key, urls) }
}

test('in a long list a node is called by its id alone, on its own three brokers', async () => {
  const { clock, open, connect, made, of } = counted(40)
  const [from, to] = [open(alice, { connect }), open(bob, { connect })]
  const texts = listen(to)
  await Promise.all([from.ready(), to.ready()])
  expect(
    to
      .status()
      .map(({ url }) => url)
      .sort(),
  ).toEqual([...of(bob.publicKey)].sort()) // prettier-ignore
  await to.records.publish(bytesOf('here'))
  await from.send(bob.publicKey, bytesOf('hello'))
  expect((await from.records.fetch(bob.publicKey))?.body).toEqual(bytesOf('here'))
  expect(texts).toEqual(['alice: hello'])
  expect(made.size).toBe(new Set([...of(alice.publicKey), ...of(bob.publicKey)]).size)
  const before = [...made.values()].reduce((sum, n) => sum + n)
  await clock.advance(50_000)
  await from.send(bob.publicKey, bytesOf('again'))
  await clock.advance(59_000)
  await from.send(bob.publicKey, bytesOf('and again'))
  expect([...made.values()].reduce((sum, n) => sum + n)).toBe(before)
  await clock.advance(61_000)
  expect(clock.pending).toBe(1)
  await Promise.all([from.close(), to.close()])
  expect(clock.pending).toBe(0)
})

test('closing leaves nothing of visits to other brokers', async () => {
  const { clock, open, connect } = counted(40)
  const from = open(alice, { connect })
  await from.send(bob.publicKey, bytesOf('nobody there'))
  await from.close()
  expect(clock.pending).toBe(0)
})

test('three copies at first; twice more to all brokers, unless the peer answers', async () => {
  const published: string[] = []
  const { clock, brokers, open, urls } = counted(5)
  const connect: ReturnType<typeof connectMemory> = async (url, signal) => {
    const connection = await connectMemory(brokers)(url, signal)
    const { publish } = connection
    connection.publish = (topic, payload, options) => {
      published.push(url)
      return publish.call(connection, topic, payload, options)
    }
    return connection
  }
  const from = open(alice, { connect })
  // Bob reaches only what is the worst choice for him: the last two brokers.
  const last = brokersOf(nodeCrypto, bob.publicKey, urls).slice(3)
  const to = open(bob, { brokers: last })
  const texts = listen(to)
  await Promise.all([from.ready(), to.ready()])
  await settle()
  await from.send(bob.publicKey, bytesOf('hello'))
  expect(published).toEqual(brokersOf(nodeCrypto, bob.publicKey, urls).slice(0, 3))
  expect(texts).toEqual([])
  await clock.advance(1000)
  expect(texts).toEqual(['alice: hello'])
  const all = brokersOf(nodeCrypto, bob.publicKey, urls)
  expect(published.slice(3)).toEqual([...all, ...all])
  await from.send(bob.publicKey, bytesOf('again'))
  await to.send(alice.publicKey, bytesOf('heard'))
  await settle()
  await clock.advance(1000)
  // Three by each of the two sends; Bob's own go another way.
  expect(published.length).toBe(16)
  await Promise.all([from.close(), to.close()])
  expect(clock.pending).toBe(0)
})

test('when the first three fail the others are used at once', async () => {
  const { open, brokers, urls } = counted(5)
  const order = brokersOf(nodeCrypto, bob.publicKey, urls)
  const [from, to] = [open(alice), open(bob)]
  const texts = listen(to)
  await Promise.all([from.ready(), to.ready()])
  await settle()
  for (const url of order.slice(0, 4)) brokers.get(url)?.stop()
  await from.send(bob.publicKey, bytesOf('hello'))
  expect(texts).toEqual(['alice: hello'])
  await Promise.all([from.close(), to.close()])
})
