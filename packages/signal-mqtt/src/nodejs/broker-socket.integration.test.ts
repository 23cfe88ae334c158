import { afterEach, expect, test } from '@jest/globals'
import { type DialOptions, type Network, sleep } from '@p2pd/netif'
import { systemClock, systemNetwork } from '@p2pd/netif/node'
import { BROKER_TIMEOUT_MS } from '../brokers/connect-limit.ts'
import { closeAll, keep } from '../testdata/open-signals.ts'
import { freePort, startAedes } from '../testdata/real-brokers.ts'
import { testCertificate } from '../testdata/test-certificate.ts'
import { mqttConnector } from './mqtt-connector.ts'

afterEach(closeAll)

const DEAD = '2001:db8::1'
const ROUND_TRIP_MS = 340

/** A name with two addresses: IPv6 leads nowhere, and a round trip to the other one takes 340 ms. */
function farNetwork() {
  const ended: DialOptions[] = []
  const network: Pick<Network, 'resolve' | 'dial'> = {
    resolve: async (host) => (host === 'localhost' ? [DEAD, '127.0.0.1'] : [host]),
    async dial(options) {
      if (options.remote.ip !== DEAD) {
        await sleep(systemClock, ROUND_TRIP_MS, options.signal)
        return systemNetwork.dial(options)
      }
      return new Promise((_, reject) => {
        options.signal?.addEventListener('abort', () => {
          ended.push(options)
          reject(new Error('given up'))
        })
      })
    },
  }
  return { network, ended }
}

for (const scheme of ['mqtt', 'mqtts', 'ws', 'wss'] as const) {
  test(`I1: fault 6: ${scheme}: a broker whose IPv6 leads nowhere, at a round trip of 340 ms`, async () => {
    const broker = keep(await startAedes({ scheme }))
    const { network, ended } = farNetwork()
    const connect = mqttConnector({ ca: testCertificate, network })
    const roundTrips: number[] = []
    // The certificate is good for 127.0.0.1 alone, so the secure ones do without a name here.
    const url =
      scheme.endsWith('s') && scheme !== 'ws' ? broker.url : broker.url.replace('127.0.0.1', 'localhost')
    const connection = keep(await connect(url, new AbortController().signal, (ms) => roundTrips.push(ms)))
    expect(connection.localAddress).toBe('127.0.0.1')
    expect(roundTrips.every((ms) => ms >= ROUND_TRIP_MS - 2)).toBe(true)
    // Both versions of MQTT were tried at once, and the attempts over IPv6 end with the race.
    expect(ended.length).toBe(url === broker.url ? 0 : 2)
  })
}

test('a name server gets less time than the broker, so that the error is about the name', async () => {
  const limits: number[] = []
  const resolve: Network['resolve'] = (host, { timeoutMs = BROKER_TIMEOUT_MS } = {}) => {
    limits.push(timeoutMs)
    return Promise.reject(new Error(`cannot resolve ${host}`))
  }
  const connecting = mqttConnector({ network: { ...systemNetwork, resolve } })(
    'mqtt://broker.example',
    new AbortController().signal,
  )
  await expect(connecting).rejects.toThrow('cannot resolve broker.example')
  expect(Math.max(...limits)).toBeLessThan(BROKER_TIMEOUT_MS)
})

test('the error is that of the address which the resolver puts first', async () => {
  const port = await freePort()
  const network = { ...systemNetwork, resolve: async () => ['127.0.0.1', '127.0.0.2'] }
  const connecting = mqttConnector({ network })(`mqtt://broker.example:${port}`, new AbortController().signal)
  await expect(connecting).rejects.toThrow('connection refused')
})
