import { afterEach, expect, test } from '@jest/globals'
import mqtt from 'mqtt'
import type { ConnectBroker } from '../brokers/broker.ts'
import type { Signal } from '../signal.ts'
import { closeAll, exchange, keep, listen, open } from '../testdata/open-signals.ts'
import { alice, bob, bytesOf, textOf } from '../testdata/peers.ts'
import {
  freePort,
  mosquittoMissing,
  startAedes,
  startMosquitto,
  type TestBroker,
} from '../testdata/real-brokers.ts'
import { recordTopic } from '../envelope/topic.ts'
import { mqttConnector } from './mqtt-connector.ts'
import { nodeCrypto } from './node-crypto.ts'

const testMosquitto = mosquittoMissing ? test.skip : test
afterEach(closeAll)

/** Alice fetches what Bob has published, at different times of a record's life. */
async function recordsOver(brokers: readonly string[]): Promise<unknown> {
  const [from, to] = [open(alice, brokers), open(bob, brokers)]
  await Promise.all([from.ready(), to.ready()])
  const seen = [await bodyOf(from)]
  for (const text of ['first', 'second']) {
    await to.records.publish(bytesOf(text))
    seen.push(await bodyOf(from))
  }
  const kept = to.status().map(({ keepsRecord }) => keepsRecord)
  await to.close()
  // On the connection of the first one, copies of the last record may still be under way.
  return { seen: [...seen, await bodyOf(open(alice, brokers))], kept }
}

async function bodyOf(signal: Signal): Promise<string | undefined> {
  const record = await signal.records.fetch(bob.publicKey)
  return record && textOf(record.body)
}

test('records on the embedded broker', async () => {
  const broker = keep(await startAedes())
  expect(await recordsOver([broker.url])).toEqual({
    seen: [undefined, 'first', 'second', undefined],
    kept: [true],
  })
})

testMosquitto('records on Mosquitto', async () => {
  const broker = keep(await startMosquitto())
  expect(await recordsOver([broker.url])).toEqual({
    seen: [undefined, 'first', 'second', undefined],
    kept: [true],
  })
})

testMosquitto('Mosquitto that keeps nothing says so by MQTT 5; messages go as ever', async () => {
  const broker = keep(await startMosquitto(['retain_available false']))
  expect(await recordsOver([broker.url])).toEqual({ seen: Array(4).fill(undefined), kept: [false] })
  expect((await exchange([broker.url])).messages).toEqual(['one', 'two'])
})

testMosquitto(
  'a broker that ends the connection on a retained message is noticed, and serves otherwise',
  async () => {
    const broker = keep(await startMosquitto(['retain_available false']))
    const connect = blindToRetain(mqttConnector())
    const [from, to] = [open(alice, [broker.url]), open(bob, [broker.url], connect)]
    const messages = listen(to)
    await Promise.all([from.ready(), to.ready()])
    await to.records.publish(bytesOf('here'))
    await to.records.publish(bytesOf('here'))
    while (!messages.texts.includes('hello')) await from.send(bob.publicKey, bytesOf('hello'))
    expect(to.status()[0]).toMatchObject({ keepsRecord: false })
  },
)

testMosquitto('over two bridged Mosquittos: messages, records, and no echo', async () => {
  const [near, far] = await startBridged()
  const [from, to] = [open(alice, [near.url]), open(bob, [far.url])]
  const [answers, messages] = [listen(from), listen(to)]
  await Promise.all([from.ready(), to.ready()])
  const answered = new Promise<void>((resolve, reject) => {
    to.onMessage((sender) => void to.send(sender, bytesOf('answer')).then(resolve, reject))
  })
  await to.records.publish(bytesOf('here'))
  await from.send(bob.publicKey, bytesOf('hello'))
  await Promise.all([messages.count(1), answers.count(1), answered])
  expect(await bodyOf(from)).toBe('here')
  expect([messages.texts, answers.texts]).toEqual([['hello'], ['answer']])
})

testMosquitto('one node on both of two bridged Mosquittos hears each message once', async () => {
  const brokers = (await startBridged()).map(({ url }) => url)
  expect(await exchange(brokers)).toEqual({ messages: ['one', 'two'], answers: ['answer', 'answer'] })
})

/** Does not hear what the broker says about retained messages, like a client of MQTT 3.1.1. */
function blindToRetain(connect: ConnectBroker): ConnectBroker {
  return async (url, signal) => {
    const connection = await connect(url, signal)
    return Object.defineProperty(connection, 'retains', { value: true })
  }
}

/** Two brokers, each passing on to the other; resolves when the bridge is there. */
async function startBridged(): Promise<readonly [TestBroker, TestBroker]> {
  const port = await freePort()
  const far = keep(await startMosquitto([], { port }))
  const bridge = ['connection far', `address 127.0.0.1:${port}`, 'topic p2pd/# both 1', 'topic ready both 1']
  const near = keep(await startMosquitto(bridge))
  const probe = await mqtt.connectAsync(far.url)
  const passed = new Promise((resolve) => void probe.once('message', resolve))
  await probe.subscribeAsync('ready')
  const source = await mqtt.connectAsync(near.url)
  await source.publishAsync('ready', 'ready', { qos: 1 })
  await passed
  await Promise.all([probe.endAsync(), source.endAsync()])
  return [near, far]
}

test('strangers on the topic of a record cost half a trip, no more', async () => {
  const broker = keep(await startAedes())
  const to = open(bob, [broker.url])
  await to.ready()
  const stranger = await mqtt.connectAsync(broker.url)
  await stranger.publishAsync(recordTopic(nodeCrypto, bob.publicKey), 'junk', { qos: 1, retain: true })
  await stranger.endAsync()
  const from = open(alice, [broker.url])
  await from.ready()
  const startedAt = performance.now()
  expect(await bodyOf(from)).toBeUndefined()
  expect(performance.now() - startedAt).toBeLessThan(1000)
})
