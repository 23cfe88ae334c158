import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { connectAsync, type MqttClient } from 'mqtt'
import { type MqttBroker, startMqttBroker } from './mqtt-broker.ts'
import { ended, ports } from './testdata/clients.ts'

let broker: MqttBroker
beforeAll(async () => {
  broker = await startMqttBroker({ hosts: ['127.0.0.1'], port: 0 })
})
afterAll(() => broker.close())

/** Runs with clients of a broker that are closed afterwards. */
async function withClients<T>(
  at: MqttBroker,
  count: number,
  run: (...clients: MqttClient[]) => Promise<T>,
): Promise<T> {
  const url = at.urls[0] ?? ''
  const clients = await Promise.all(
    Array.from({ length: count }, () => connectAsync(url, { reconnectPeriod: 0 })),
  )
  for (const client of clients) client.on('error', () => {})
  try {
    return await run(...clients)
  } finally {
    await Promise.all(clients.map((client) => client.endAsync(true)))
  }
}

const nextMessage = (client: MqttClient) =>
  new Promise<string>((resolve) =>
    client.once('message', (topic, payload) => resolve(`${topic} ${payload.toString()}`)),
  )
const closed = (client: MqttClient) => new Promise<void>((resolve) => client.once('close', () => resolve()))

test.each([0, 1, 2] as const)('carries a message at QoS %i', async (qos) => {
  await withClients(broker, 2, async (alice, bob) => {
    await bob?.subscribeAsync('to/bob', { qos })
    const message = nextMessage(bob as MqttClient)
    await alice?.publishAsync('to/bob', 'hello', { qos })
    expect(await message).toBe('to/bob hello')
  })
})

test('keeps a retained message for later subscribers, until an empty one', async () => {
  await withClients(broker, 3, async (alice, bob, carol) => {
    await alice?.publishAsync('record', 'v1', { retain: true, qos: 1 })
    const message = nextMessage(bob as MqttClient)
    await bob?.subscribeAsync('record')
    expect(await message).toBe('record v1')
    await alice?.publishAsync('record', '', { retain: true, qos: 1 })
    const first = nextMessage(carol as MqttClient)
    await carol?.subscribeAsync('record')
    await alice?.publishAsync('record', 'live', { qos: 1 })
    expect(await first).toBe('record live')
  })
})

test('a session ends with its connection', async () => {
  const options = { clean: false, clientId: 'sleeper', reconnectPeriod: 0 }
  const first = await connectAsync(broker.urls[0] ?? '', options)
  await first.subscribeAsync('while/away', { qos: 1 })
  await first.endAsync()
  await withClients(
    broker,
    1,
    (alice) => alice?.publishAsync('while/away', 'lost', { qos: 1 }) ?? Promise.reject(),
  )
  const second = await connectAsync(broker.urls[0] ?? '', options)
  await second.subscribeAsync('now')
  const message = nextMessage(second)
  await second.publishAsync('now', 'here')
  expect(await message).toBe('now here')
  await second.endAsync()
})

test.each([
  ['a packet over the limit', { packetBytes: 1000 }, 'x'.repeat(2000), false],
  ['more messages than its rate', { rate: { perSecond: 0, burst: 0 } }, 'x', false],
  ['more retained topics than there may be', { retainedTopics: 0 }, 'x', true],
])('a client that sends %s is cut off', async (_, limits, payload, retain) => {
  const small = await startMqttBroker({ hosts: ['127.0.0.1'], port: 0, limits })
  await withClients(small, 1, async (client) => {
    const over = closed(client as MqttClient)
    client?.publish('topic', payload, { retain })
    await expect(over).resolves.toBeUndefined()
  })
  await small.close()
})

test('a client cannot publish under $SYS', async () => {
  await withClients(broker, 1, async (client) => {
    const over = closed(client as MqttClient)
    client?.publish('$SYS/x', 'x')
    await expect(over).resolves.toBeUndefined()
  })
})

test('connections over the limit are closed', async () => {
  const limits = { connections: { total: 1, perSource: 1 } }
  const small = await startMqttBroker({ hosts: ['127.0.0.1'], port: 0, limits })
  await withClients(small, 1, async () => {
    const second = await ports.network.dial({ remote: { ip: '127.0.0.1', port: small.port } })
    await expect(ended(second)).resolves.toBeUndefined()
    second.stream.destroy()
  })
  await small.close()
})

test('a client that speaks another protocol is cut off', async () => {
  const connection = await ports.network.dial({ remote: { ip: '127.0.0.1', port: broker.port } })
  connection.stream.write('GET / HTTP/1.1\r\n\r\n')
  await expect(ended(connection)).resolves.toBeUndefined()
  connection.stream.destroy()
})

test('a port in use: one line with the port and the remedy', async () => {
  const start = startMqttBroker({ hosts: ['127.0.0.1'], port: broker.port })
  const message = `MQTT on 127.0.0.1:${broker.port}: the port is in use; stop the program that has it or choose another port`
  await expect(start).rejects.toMatchObject({ code: 'INFRA_ADDRESS_IN_USE', message })
})

test('close ends the clients and frees the port', async () => {
  const first = await startMqttBroker({ hosts: ['127.0.0.1', '::1'], port: 0 })
  const client = await connectAsync(first.urls[1] ?? '', { reconnectPeriod: 0 })
  client.on('error', () => {})
  const over = closed(client)
  await first.close()
  await over
  await client.endAsync(true)
  const second = await startMqttBroker({ hosts: ['127.0.0.1', '::1'], port: first.port })
  await expect(second.close()).resolves.toBeUndefined()
})
