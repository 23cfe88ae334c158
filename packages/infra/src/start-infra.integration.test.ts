import { expect, test } from '@jest/globals'
import { connectAsync } from 'mqtt'
import { CERTIFICATE, PRIVATE_KEY } from '@p2pd/stun/testing'
import { startInfra } from './start-infra.ts'
import { addressOf, askUdp, ports } from './testdata/clients.ts'

test('gives a servers file whose servers answer', async () => {
  const infra = await startInfra({ hosts: ['127.0.0.1', '::1'], mqttPort: 0, stunPort: 0 })
  const { stun, turn, mqtt } = infra.servers
  expect(stun).toEqual([
    expect.stringMatching(/^stun:127\.0\.0\.1:\d+$/),
    expect.stringMatching(/^stun:127\.0\.0\.1:\d+\?transport=tcp$/),
    expect.stringMatching(/^stun:\[::1\]:\d+$/),
    expect.stringMatching(/^stun:\[::1\]:\d+\?transport=tcp$/),
  ])
  expect(turn).toEqual([])
  expect(mqtt).toEqual([
    expect.stringMatching(/^mqtt:\/\/127\.0\.0\.1:\d+$/),
    expect.stringMatching(/^mqtt:\/\/\[::1\]:\d+$/),
  ])
  for (const uri of stun.filter((one) => !one.includes('tcp'))) {
    expect((await askUdp(addressOf(uri))).mapped.port).toBeGreaterThan(0)
  }
  for (const url of mqtt) await (await connectAsync(url, { reconnectPeriod: 0 })).endAsync()
  await infra.close()
})

test('when one server cannot listen, the other one closes', async () => {
  const taken = await ports.network.listenTcp({ local: { ip: '127.0.0.1', port: 0 } })
  const start = (mqttPort: number, stunPort: number) => startInfra({ mqttPort, stunPort })
  await expect(start(taken.local.port, 0)).rejects.toMatchObject({ code: 'INFRA_ADDRESS_IN_USE' })
  await expect(start(0, taken.local.port)).rejects.toMatchObject({ code: 'INFRA_ADDRESS_IN_USE' })
  // A second `infra` finds both taken, and names both.
  const both = start(taken.local.port, taken.local.port)
  await expect(both).rejects.toMatchObject({
    message: expect.stringMatching(/STUN over TCP.* in use; .*MQTT on .* in use/),
  })
  await taken.close()
  const infra = await start(0, taken.local.port)
  await expect(infra.close()).resolves.toBeUndefined()
})

test('with a certificate a servers file names its hosts, and the broker serves TLS beside plain TCP', async () => {
  const tls = { cert: CERTIFICATE, key: PRIVATE_KEY }
  const turn = { users: { u: 'p' } }
  const infra = await startInfra({ mqttPort: 0, stunPort: 0, tls, turn })
  const stunPort = addressOf(infra.servers.stun[0] ?? '').port
  const mqttPort = new URL(infra.servers.mqtt[0] ?? '').port
  const user = { username: 'u', credential: 'p' }
  expect(infra.tlsServers).toEqual({
    stun: ['stun.test', '127.0.0.1'].map((host) => `stuns:${host}:${stunPort}`),
    turn: ['stun.test', '127.0.0.1'].map((host) => ({ uri: `turns:${host}:${stunPort}`, ...user })),
    mqtt: ['stun.test', '127.0.0.1'].map((host) => `mqtts://${host}:${mqttPort}`),
  })
  const [secure, plain] = await Promise.all([
    connectAsync(infra.tlsServers?.mqtt[1] ?? '', { reconnectPeriod: 0, ca: CERTIFICATE }),
    connectAsync(infra.servers.mqtt[0] ?? '', { reconnectPeriod: 0 }),
  ])
  const message = new Promise<string>((resolve) =>
    secure.once('message', (_, payload) => resolve(payload.toString())),
  )
  await secure.subscribeAsync('t', { qos: 1 })
  await plain.publishAsync('t', 'from plain TCP', { qos: 1 })
  expect(await message).toBe('from plain TCP')
  const stranger = connectAsync(infra.tlsServers?.mqtt[1] ?? '', { reconnectPeriod: 0 })
  await expect(stranger).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  await Promise.all([secure.endAsync(), plain.endAsync()])
  await infra.close()
})
