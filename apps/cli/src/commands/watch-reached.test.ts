import { expect, test } from '@jest/globals'
import { NetifError, type NetifErrorCode, type TcpConnection, type TransportAddress } from '@p2pd/netif'
import { watchReached, type WatchedNetwork } from './watch-reached.ts'

/** Dials the ports of one host, where each dial ends with the code or succeeds; returns the ways that were noted. */
async function dialled(ip: string, ports: readonly number[], code?: NetifErrorCode) {
  const network = {
    dial: ({ remote }: { remote: TransportAddress }) =>
      code === undefined
        ? Promise.resolve({ remote } as TcpConnection)
        : Promise.reject(new NetifError(code, 'the dial failed')),
  }
  const watched = watchReached(network as unknown as WatchedNetwork['network'])
  for (const port of ports) {
    const dial = watched.network.dial({ remote: { ip, port } })
    await (code === undefined ? dial : expect(dial).rejects.toMatchObject({ code }))
  }
  return watched.reached
}

const tcp = { protocol: 'tcp', family: 'IPv4' }

test('I1: fault 11: a broker that refuses by a RST shows that packets come back', async () => {
  expect(await dialled('192.0.2.1', [1883], 'NETIF_REFUSED')).toEqual([tcp])
})

test.each(['NETIF_TIMEOUT', 'NETIF_UNREACHABLE'] as const)(
  'a dial that ends with %s shows nothing',
  async (code) => {
    expect(await dialled('192.0.2.1', [1883], code)).toEqual([])
  },
)

test('web ports are told apart from others, each way once', async () => {
  const web = { ...tcp, webOnly: true }
  expect(await dialled('192.0.2.1', [80, 443])).toEqual([web])
  expect(await dialled('192.0.2.1', [80, 1883, 8883])).toEqual([web, tcp])
})

test('a host reaches itself in any network', async () => {
  expect(await dialled('127.0.0.1', [1883])).toEqual([])
})
