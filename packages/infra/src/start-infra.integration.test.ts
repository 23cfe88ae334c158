import { expect, test } from '@jest/globals'
import { connectAsync } from 'mqtt'
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
