import { afterEach, expect, test } from '@jest/globals'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { closeAll, exchange, keep, open } from '../testdata/open-signals.ts'
import { alice, bob, bytesOf } from '../testdata/peers.ts'
import {
  freePort,
  mosquittoMissing,
  startAedes,
  startMosquitto,
  startMosquittoFor,
} from '../testdata/real-brokers.ts'
import { testCertificate } from '../testdata/test-certificate.ts'
import { mqttConnector } from './mqtt-connector.ts'
import { openSignal } from './open-signal.ts'

const testMosquitto = mosquittoMissing ? test.skip : test
afterEach(closeAll)

const bothWays = { messages: ['one', 'two'], answers: ['answer', 'answer'] }

/** The answer of a broker to a CONNECT of a version. */
type Policy = (version: number) => 'pass' | 'refuse' | 'close' | 'hang' | 'no user'

/** CONNACK, by MQTT 3.1.1 and 5. MQTT 3.1.1 §3.2, MQTT 5.0 §3.2. */
const connack = (version: number, code3: number, code5: number) =>
  version === 5 ? Uint8Array.of(0x20, 3, 0, code5, 0) : Uint8Array.of(0x20, 2, 0, code3)

/** A broker of some versions only: passes on to a real one what it lets in. */
async function startPicky(policy: Policy, behind?: string) {
  const versions: number[] = []
  const server = createServer((client) => {
    client.on('error', () => {})
    client.once('data', (hello: Buffer) => {
      // Behind two bytes of fixed header and the name: 00 04 M Q T T. MQTT 5.0 §3.1.2.
      const version = hello[8] ?? 0
      versions.push(version)
      const fate = policy(version)
      if (fate === 'close') client.destroy()
      if (fate === 'refuse') client.end(connack(version, 0x01, 0x84))
      if (fate === 'no user') client.end(connack(version, 0x05, 0x87))
      if (fate === 'pass') void pass(client, hello)
    })
  })
  async function pass(client: Socket, hello: Buffer): Promise<void> {
    const { connect } = await import('node:net')
    const upstream = connect(Number(new URL(behind ?? '').port), '127.0.0.1')
    upstream.on('error', () => client.destroy()).on('close', () => client.destroy())
    client.on('close', () => upstream.destroy())
    upstream.write(hello)
    client.pipe(upstream).pipe(client)
  }
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`
  keep({ close: () => new Promise<void>((resolve) => void server.close(() => resolve())) })
  return { url, versions }
}

// Mosquitto calls 3.1.1 the second version of the protocol.
testMosquitto('Mosquitto speaks both: 5 is kept, the other is ended in good order', async () => {
  const broker = keep(await startMosquitto())
  expect(await exchange([broker.url])).toEqual(bothWays)
  const clients = (version: number) =>
    [...broker.log().matchAll(/New client connected .* as (p2pd-\w+) \(p(\d),/g)].filter(
      ([, , spoken]) => Number(spoken) === version,
    )
  expect(clients(5).length).toBe(2)
  for (const [, id] of clients(2)) {
    while (!broker.log().includes(`Client ${id} disconnected.`)) await new Promise(setImmediate)
  }
})

for (const scheme of ['mqtt', 'mqtts', 'ws', 'wss'] as const) {
  testMosquitto(`MQTT 5 over ${scheme}, with user and password`, async () => {
    const broker = keep(await startMosquittoFor(scheme, ['user', 'p@ss/word']))
    const connect = mqttConnector({ ca: testCertificate })
    expect(await exchange([broker.url.replace('//', '//user:p%40ss%2Fword@')], connect)).toEqual(bothWays)
    expect(broker.log()).toMatch(/as p2pd-\w+ \(p5,.* u'user'/)
    const stranger = keep(openSignal({ identity: alice, brokers: [broker.url], connect }))
    await expect(stranger.ready()).rejects.toMatchObject({
      message: `no broker can be used (${broker.url}: Connection refused: Not authorized)`,
    })
  })
}

testMosquitto('what a broker speaks is found out once', async () => {
  const mosquitto = keep(await startMosquitto())
  const { url, versions } = await startPicky(() => 'pass', mosquitto.url)
  const connect = mqttConnector()
  const again = async () => {
    const connection = await connect(url, new AbortController().signal)
    await connection.ping?.()
    await connection.close()
  }
  await again()
  expect(new Set(versions)).toEqual(new Set([4, 5]))
  await again()
  expect(versions.slice(2)).toEqual([5])
})

test('the embedded broker speaks 3.1.1: at once, and found out once', async () => {
  const aedes = keep(await startAedes())
  const { url, versions } = await startPicky(() => 'pass', aedes.url)
  const connect = mqttConnector()
  const again = async () => (await connect(url, new AbortController().signal)).close()
  await again()
  expect(new Set(versions)).toEqual(new Set([4, 5]))
  await again()
  expect(versions.slice(2)).toEqual([4])
})

for (const how of ['refuse', 'close', 'hang'] as const) {
  testMosquitto(`a broker of MQTT 5 alone; to others it does this: ${how}`, async () => {
    const mosquitto = keep(await startMosquitto())
    const { url } = await startPicky((version) => (version === 5 ? 'pass' : how), mosquitto.url)
    expect(await exchange([url])).toEqual(bothWays)
  })

  test(`a broker of MQTT 3.1.1 alone; to others it does this: ${how}`, async () => {
    const aedes = keep(await startAedes())
    const { url } = await startPicky((version) => (version === 4 ? 'pass' : how), aedes.url)
    expect(await exchange([url])).toEqual(bothWays)
  })
}

test('a version that hangs does not count as a broker that is down', async () => {
  const aedes = keep(await startAedes())
  const { url } = await startPicky((version) => (version === 4 ? 'pass' : 'hang'), aedes.url)
  const states: string[] = []
  const onBroker = ({ state }: { readonly state: string }) => void states.push(state)
  await keep(openSignal({ identity: alice, brokers: [url], onBroker })).ready()
  // Nobody has waited for the limit of a broker, at which the whole attempt fails.
  expect(states).toEqual(['up'])
})

for (const other of ['no user', 'refuse', 'close'] as const) {
  test(`refused credentials are reported in one line; the other version meets with: ${other}`, async () => {
    for (const spoken of [4, 5]) {
      const { url } = await startPicky((version) => (version === spoken ? 'no user' : other))
      await expect(open(alice, [url]).ready()).rejects.toMatchObject({
        message: `no broker can be used (${url}: Connection refused: Not authorized)`,
      })
    }
  })
}

test('a broker that closes every connection, and one that is not there', async () => {
  const { url } = await startPicky(() => 'close')
  const gone = `mqtt://127.0.0.1:${await freePort()}`
  const signal = open(alice, [url, gone])
  const why = `${url}: closed by the broker before it answered; ${gone}: connection refused`
  await expect(signal.ready()).rejects.toMatchObject({ message: `no broker can be used (${why})` })
  await expect(signal.send(bob.publicKey, bytesOf('hello'))).rejects.toMatchObject({
    code: 'SIGNAL_NO_BROKER',
  })
})
