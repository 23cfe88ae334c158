import { expect, test } from '@jest/globals'
import { joinBytes } from '@p2pd/netif'
import { envelopeTagKey } from './envelope/envelope.ts'
import { connectMemory, type Delivery, MemoryBroker } from './brokers/memory-broker.ts'
import { nodeCrypto } from './nodejs/node-crypto.ts'
import type { SignalOptions } from './signal.ts'
import { settle } from '@p2pd/netif/testing'
import { alice, bob, bytesOf, carol, seededRandom } from './testdata/peers.ts'
import { A, B, listen, world } from './testdata/world.ts'
import { messageTopic } from './envelope/topic.ts'

test('a message sent over two brokers arrives once', async () => {
  const { open } = world([
    [A, new MemoryBroker()],
    [B, new MemoryBroker()],
  ]) // prettier-ignore
  const [from, to] = [open(alice), open(bob)]
  const texts = listen(to)
  await Promise.all([from.ready(), to.ready()])
  await from.send(bob.publicKey, bytesOf('hello'))
  await from.send(bob.publicKey, bytesOf('again'))
  await settle()
  expect(texts).toEqual(['alice: hello', 'alice: again'])
  expect(from.status()).toEqual([
    { url: A, state: 'up', health: { score: 1, roundTripMs: 0 } },
    { url: B, state: 'up', health: { score: 1, roundTripMs: 0 } },
  ])
  await Promise.all([from.close(), to.close()])
})

test('A16: recorded messages played back, for others, altered, or made up: nothing happens', async () => {
  const recorded: Delivery[] = []
  const broker = new MemoryBroker({
    deliver: (delivery) => {
      recorded.push(delivery)
      return [delivery]
    },
  })
  const { open } = world([[A, broker]])
  const [from, to, other] = [open(alice), open(bob), open(carol)]
  const texts = [listen(from), listen(to), listen(other)]
  await Promise.all([from.ready(), to.ready(), other.ready()])
  await from.send(bob.publicKey, bytesOf('hello'))
  const [toBob] = recorded
  if (!toBob) throw new Error('nothing was published')
  broker.publish(toBob.topic, toBob.payload)
  broker.publish(messageTopic(nodeCrypto, carol.publicKey), toBob.payload)
  broker.publish(messageTopic(nodeCrypto, alice.publicKey), toBob.payload)
  for (const i of [0, 1, 20, 100, 500]) {
    broker.publish(toBob.topic, toBob.payload.with(i, (toBob.payload[i] ?? 0) ^ 1))
  }
  for (const length of [0, 1, 577, 70_000]) broker.publish(toBob.topic, seededRandom(9)(length))
  await settle()
  expect(texts).toEqual([[], ['alice: hello'], []])
  await Promise.all([from.close(), to.close(), other.close()])
})

test('A17: one of two brokers stops: nothing is noticed; it is found again when it is back', async () => {
  const brokers = [new MemoryBroker(), new MemoryBroker()] as const
  const { clock, open } = world([
    [A, brokers[0]],
    [B, brokers[1]],
  ]) // prettier-ignore
  const events: string[] = []
  const from = open(alice, { onBroker: ({ url, state }) => events.push(`${url} ${state}`) })
  const to = open(bob)
  const texts = listen(to)
  await Promise.all([from.ready(), to.ready()])
  brokers[0].stop()
  await from.send(bob.publicKey, bytesOf('over B'))
  brokers[0].start()
  await clock.advance(1000)
  brokers[1].stop()
  await from.send(bob.publicKey, bytesOf('over A'))
  await settle()
  expect(texts).toEqual(['alice: over B', 'alice: over A'])
  expect(events).toEqual([`${A} up`, `${B} up`, `${A} down`, `${A} up`, `${B} down`])
  await Promise.all([from.close(), to.close()])
})

test('who connects again just when a message is sent gets it within a second', async () => {
  const { clock, open } = world([[A, new MemoryBroker()]])
  const from = open(alice)
  await from.send(bob.publicKey, bytesOf('hello'))
  await clock.advance(500)
  const to = open(bob)
  const texts = listen(to)
  await clock.advance(500)
  expect(texts).toEqual(['alice: hello'])
  await clock.advance(10_000)
  expect(texts).toEqual(['alice: hello'])
  await Promise.all([from.close(), to.close()])
})

test('an offer is answered within a second though 10,000 a second of who knows the id come with it', async () => {
  const broker = new MemoryBroker()
  const { clock, open } = world([[A, broker]])
  const [from, to] = [open(alice), open(bob)]
  const texts = listen(from)
  to.onMessage((caller) => void to.send(caller, bytesOf('answer'), { answer: true }))
  await Promise.all([from.ready(), to.ready()])
  const topic = messageTopic(nodeCrypto, bob.publicKey)
  const junk = junkFor(bob.publicKey)
  // As many as are opened for nothing in a second: from here on it is a matter of luck.
  for (let i = 0; i < 600; i++) broker.publish(topic, junk())
  await from.send(bob.publicKey, bytesOf('offer'))
  await settle()
  expect(texts).toEqual([])
  for (let now = 0; now < 600; now += 10) {
    for (let i = 0; i < 100; i++) broker.publish(topic, junk())
    await clock.advance(10)
  }
  expect(texts).toEqual(['bob: answer'])
  await Promise.all([from.close(), to.close()])
})

test('I1: a broker that is up and refuses a message is reported with its reason', async () => {
  const { open, brokers } = world([[A, new MemoryBroker()]])
  const refused = () => Promise.reject(new Error('Not authorized'))
  const signal = open(alice, {
    connect: async (url, abort) =>
      Object.assign(await connectMemory(brokers)(url, abort), { publish: refused }),
  })
  await signal.ready()
  await expect(signal.send(bob.publicKey, bytesOf('hello'))).rejects.toMatchObject({
    code: 'SIGNAL_NO_BROKER',
    message: `no broker can be used (${A}: Not authorized)`,
  })
  await signal.close()
})

test('A17: all brokers down: ready and send name each within 5 s, and go on trying', async () => {
  const down = new MemoryBroker()
  down.stop()
  const { clock, open } = world([[A, down]])
  const signal = open(alice, { brokers: [A, 'mqtt://user:secret@silent.example'], connect: refuseOrHang })
  const ready = signal.ready()
  const sent = signal.send(bob.publicKey, bytesOf('hello'))
  const noBroker = {
    code: 'SIGNAL_NO_BROKER',
    message: `no broker can be used (${A}: connection refused; mqtt://silent.example: no answer within 4 s)`,
  }
  const expectations = [
    expect(ready).rejects.toMatchObject(noBroker),
    expect(sent).rejects.toMatchObject(noBroker),
  ]
  await clock.advance(4000)
  await Promise.all(expectations)
  await expect(signal.ready()).rejects.toMatchObject(noBroker)
  expect(clock.pending).toBe(2)
  await signal.close()
  expect(clock.pending).toBe(0)

  async function refuseOrHang(url: string): ReturnType<SignalOptions['connect']> {
    return url === A ? down.connect() : new Promise(() => {})
  }
})

test('a broker that swallows messages is given up after 4 s; the other copy has long arrived', async () => {
  const { clock, brokers, open } = world([
    [A, new MemoryBroker()],
    [B, new MemoryBroker()],
  ]) // prettier-ignore
  const connect = connectMemory(brokers)
  const from = open(alice, {
    connect: async (url, signal) => {
      const connection = await connect(url, signal)
      if (url === B) connection.publish = () => new Promise(() => {})
      return connection
    },
  })
  const to = open(bob)
  const texts = listen(to)
  await Promise.all([from.ready(), to.ready()])
  await from.send(bob.publicKey, bytesOf('hello'))
  await clock.advance(4000)
  expect(texts).toEqual(['alice: hello'])
  expect(from.status()[1]).toMatchObject({ url: B, state: 'down', reason: 'no answer within 4 s' })
  await Promise.all([from.close(), to.close()])
})

test('after close nothing is sent, received or left over', async () => {
  const broker = new MemoryBroker()
  const { clock, open } = world([[A, broker]])
  const [from, to] = [open(alice), open(bob)]
  const texts = listen(to)
  await Promise.all([from.ready(), to.ready()])
  const waiting = to.ready(AbortSignal.abort())
  await expect(waiting).rejects.toMatchObject({ code: 'SIGNAL_ABORTED' })
  await to.close()
  await to.close()
  await from.send(bob.publicKey, bytesOf('nobody there'))
  expect(texts).toEqual([])
  await expect(to.send(alice.publicKey, bytesOf('hello'))).rejects.toMatchObject({ code: 'SIGNAL_CLOSED' })
  await from.close()
  expect(clock.pending).toBe(0)
})

test('bad URLs are refused by name, passwords left out', () => {
  const { open } = world([])
  for (const [url, shown] of [
    ['http://a.example', 'http://a.example'],
    ['mqtt:', 'mqtt:'],
    ['a.example:1883', 'a.example:1883'],
    ['mqtt://u:p@[::1', 'mqtt://[::1'],
  ] as const) {
    expect(() => open(alice, { brokers: [url] })).toThrow(
      expect.objectContaining({
        code: 'SIGNAL_BAD_URL',
        message: expect.stringContaining(`broker ${shown}: `),
      }),
    )
  }
})

/** Makes what has the tag of messages to a node, each another one. */
function junkFor(recipient: Uint8Array): () => Uint8Array {
  const tagKey = envelopeTagKey(nodeCrypto, recipient)
  const random = seededRandom(51)
  return () => {
    const sealed = random(560)
    const tag = nodeCrypto.sha256(joinBytes(tagKey, Uint8Array.of(1), sealed)).subarray(0, 16)
    return joinBytes(Uint8Array.of(1), tag, sealed)
  }
}
