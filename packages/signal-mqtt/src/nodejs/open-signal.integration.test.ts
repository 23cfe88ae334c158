import { afterEach, expect, test } from '@jest/globals'
import { createServer, type AddressInfo } from 'node:net'
import { alice, bob, bytesOf, seededRandom } from '../testdata/peers.ts'
import mqtt from 'mqtt'
import { closeAll, closeNow, exchange, keep, listen, open, watch } from '../testdata/open-signals.ts'
import {
  freePort,
  mosquittoMissing,
  startAedes,
  startMosquitto,
  type TestBroker,
} from '../testdata/real-brokers.ts'
import { testCertificate } from '../testdata/test-certificate.ts'
import { messageTopic } from '../envelope/topic.ts'
import { mqttConnector } from './mqtt-connector.ts'
import { nodeCrypto } from './node-crypto.ts'
import { openSignal } from './open-signal.ts'

const testMosquitto = mosquittoMissing ? test.skip : test
const MESSAGE = 'to 192.168.1.5: the quick brown fox'

afterEach(closeAll)

const bothWays = { messages: ['one', 'two'], answers: ['answer', 'answer'] }

test('two nodes over two embedded brokers', async () => {
  const brokers = [keep(await startAedes()), keep(await startAedes())]
  expect(await exchange(brokers.map(({ url }) => url))).toEqual(bothWays)
})

testMosquitto('two nodes over two Mosquittos, by MQTT 5', async () => {
  const brokers = [keep(await startMosquitto()), keep(await startMosquitto())]
  expect(await exchange(brokers.map(({ url }) => url))).toEqual(bothWays)
  for (const broker of brokers) expect(broker.log()).toMatch(/New client connected .* as p2pd-\w+ \(p5,/)
})

testMosquitto('one node hears over the embedded broker what the other sends to both', async () => {
  const [aedes, mosquitto] = [keep(await startAedes()), keep(await startMosquitto())]
  const to = open(bob, [aedes.url])
  const messages = listen(to)
  const from = open(alice, [mosquitto.url, aedes.url])
  await Promise.all([from.ready(), to.ready()])
  await from.send(bob.publicKey, bytesOf('hello'))
  await messages.count(1)
  expect(messages.texts).toEqual(['hello'])
})

for (const scheme of ['mqtt', 'mqtts', 'ws', 'wss'] as const) {
  test(`${scheme}, with user and password`, async () => {
    const broker = keep(await startAedes({ scheme, credentials: 'user:p@ss/word' }))
    const url = broker.url.replace('//', '//user:p%40ss%2Fword@')
    const connect = mqttConnector({ ca: testCertificate })
    expect(await exchange([url], connect)).toEqual(bothWays)
    const stranger = keep(openSignal({ identity: alice, brokers: [broker.url], connect }))
    await expect(stranger.ready()).rejects.toMatchObject({
      code: 'SIGNAL_NO_BROKER',
      message: `no broker can be used (${broker.url}: Connection refused: Not authorized)`,
    })
  })
}

test('a broker whose certificate nobody vouches for is refused', async () => {
  const broker = keep(await startAedes({ scheme: 'mqtts' }))
  await expect(open(alice, [broker.url]).ready()).rejects.toMatchObject({
    message: `no broker can be used (${broker.url}: self-signed certificate)`,
  })
})

for (const [name, start, needsMosquitto] of [
  ['an embedded broker', (port: number) => startAedes({ port }), false],
  ['Mosquitto', (port: number) => startMosquitto([], { port }), true],
] as const) {
  const testBroker = needsMosquitto ? testMosquitto : test
  testBroker(`${name} that is killed and started again is found again`, async () => {
    const port = await freePort()
    const other = keep(await startAedes())
    const first = await start(port)
    const brokers = [first.url, other.url]
    const from = watch(alice, brokers)
    const to = watch(bob, brokers)
    const messages = listen(to.signal)
    const both = (state: string) => Promise.all([from.reached(state), to.reached(state)])
    await both('up')
    await first.close()
    await from.signal.send(bob.publicKey, bytesOf('one'))
    await messages.count(1)
    await both('down')
    keep(await start(port))
    await both('up')
    await closeNow(other)
    await from.signal.send(bob.publicKey, bytesOf('two'))
    await messages.count(2)
    expect(messages.texts).toEqual(['one', 'two'])
  })
}

test('brokers that are down, silent or talk nonsense are each named', async () => {
  const silent = createServer((socket) => void socket.on('error', () => {}).resume())
  const nonsense = createServer((socket) => {
    socket
      .on('error', () => {})
      .resume()
      .end('HTTP/1.1 400 Bad Request\r\n\r\n')
  })
  const urls = [`mqtt://u:secret@127.0.0.1:${await freePort()}`]
  for (const server of [silent, nonsense]) {
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    urls.push(`mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`)
    keep({ close: () => new Promise<void>((resolve) => void server.close(() => resolve())) })
  }
  const signal = open(alice, urls)
  const error = await signal.ready().catch((reason: Error) => reason.message)
  expect(error).toContain(`${urls[0]?.replace('u:secret@', '')}: connection refused`)
  expect(error).toContain(`${urls[1]}: no answer within 4 s`)
  expect(error).toContain(`${urls[2]}: `)
  expect(error).not.toContain('secret')
  await expect(signal.send(bob.publicKey, bytesOf('hello'))).rejects.toMatchObject({
    code: 'SIGNAL_NO_BROKER',
  })
})

test('a broker that starts a packet of 100 MB is left', async () => {
  const greedy = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.write(Uint8Array.of(0x20, 0x02, 0, 0, 0x30, 0xff, 0xff, 0xff, 0x2f)))
  })
  await new Promise<void>((resolve) => void greedy.listen(0, '127.0.0.1', resolve))
  keep({ close: () => new Promise<void>((resolve) => void greedy.close(() => resolve())) })
  const signal = open(alice, [`mqtt://127.0.0.1:${(greedy.address() as AddressInfo).port}`])
  await expect(signal.ready()).rejects.toMatchObject({ code: 'SIGNAL_NO_BROKER' })
})

testMosquitto('a message behind 10,000 pieces of junk is received', async () => {
  const broker = keep(await startMosquitto())
  const [from, to] = [open(alice, [broker.url]), open(bob, [broker.url])]
  const messages = listen(to)
  await Promise.all([from.ready(), to.ready()])
  const stranger = await mqtt.connectAsync(broker.url)
  const random = seededRandom(41)
  const topic = messageTopic(nodeCrypto, bob.publicKey)
  const junk = Array.from({ length: 100 }, () => Buffer.from(Uint8Array.of(1, ...random(576))))
  for (let i = 0; i < 10_000; i++) stranger.publish(topic, junk[i % 100] ?? '')
  await stranger.publishAsync(topic, '', { qos: 1 })
  await from.send(bob.publicKey, bytesOf('hello'))
  await messages.count(1)
  await stranger.endAsync()
  expect(messages.texts).toEqual(['hello'])
})

test('F1: a capture of all that goes to and from the broker shows neither text nor keys', async () => {
  const broker = keep(await startAedes())
  const captured: Buffer[] = []
  const tap = keep(await startTap(Number(new URL(broker.url).port), captured))
  const [from, to] = [open(alice, [tap.url]), open(bob, [tap.url])]
  const messages = listen(to)
  await Promise.all([from.ready(), to.ready()])
  await from.send(bob.publicKey, bytesOf(MESSAGE))
  await messages.count(1)
  const capture = Buffer.concat(captured)
  expect(messages.texts).toEqual([MESSAGE])
  expect(capture.length).toBeGreaterThan(1000)
  for (const secret of [MESSAGE, 'quick brown', '192.168', alice.publicKey, bob.publicKey]) {
    expect(capture.includes(secret instanceof Uint8Array ? Buffer.from(secret) : secret)).toBe(false)
  }
})

/** A TCP relay that keeps what passes. */
async function startTap(port: number, captured: Buffer[]): Promise<TestBroker> {
  const { connect } = await import('node:net')
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    for (const [from, into] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      // prettier-ignore
      from.on('data', (chunk: Buffer) => captured.push(chunk)).on('error', () => into.destroy())
      from.pipe(into)
    }
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const close = () => new Promise<void>((resolve) => void server.close(() => resolve()))
  return { url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`, log: () => '', close }
}

if (mosquittoMissing) console.warn(`tests with Mosquitto skipped: ${mosquittoMissing}`)
