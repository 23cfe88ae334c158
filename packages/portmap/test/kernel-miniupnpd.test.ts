import { describe, expect, test } from '@jest/globals'
import { ADDRESS, type RealGateway } from './real-gateway.ts'
import {
  type Client,
  expectReached,
  expiryOf,
  LIMIT_MS,
  mappedAs,
  upnpList,
  whySkipped,
  withGateway,
} from './with-gateway.ts'

const suite = whySkipped === '' ? describe : describe.skip

/** Opens the firewall for IPv6, which a packet from outside shows. */
async function expectOpened(gateway: RealGateway, client: Client, protocol: string): Promise<void> {
  await client.tell('listen', 4002, '::')
  const { state } = await client.map(4002, 'udp', ADDRESS.client6)
  expect(state).toMatchObject(mappedAs(protocol, 4002, ADDRESS.client6))
  await expectReached(gateway, client, ADDRESS.client6, 4002)
}

/** Lets the gateway lose everything: every lease is mapped again. */
async function expectMappedAgain(gateway: RealGateway, client: Client, protocol: string): Promise<void> {
  await gateway.stop('SIGKILL')
  await gateway.flush()
  expect(await gateway.rules()).not.toMatch(/dport 4000/)
  await gateway.start()
  // UPnP has no announcement that is listened for: its renewal, or somebody's word, shows it.
  if (protocol !== 'pcp') await client.tell('refresh')
  for (let i = 0; i < 3; i++) await client.change(({ status }) => status === 'mapped')
  expect(await gateway.rules()).toMatch(/dport 4000/)
}

suite(`E1: real miniupnpd${whySkipped}`, () => {
  test.concurrent.each([
    ['upnp-igd2', 'upnp-pinhole', 'all', {}],
    ['upnp-igd1', undefined, 'none', { natPmp: false, igd1: true }],
    ['pcp', 'pcp', 'none', {}],
  ] as const)(
    'E1: %s, and for IPv6 %s, seen by upnpc, nft and packets from outside; mapped again after a restart; gone after close',
    async (protocol, protocol6, drop, settings) => {
      const play = async (gateway: RealGateway, client: Client) => {
        await client.tell('listen', 4000, '0.0.0.0')
        expect((await client.map(4000, 'udp', ADDRESS.client)).state).toMatchObject(mappedAs(protocol, 4000))
        expect((await client.map(4001, 'tcp', ADDRESS.client)).state).toMatchObject(mappedAs(protocol, 4001))
        const list = await upnpList(gateway)
        expect(list).toMatch(/UDP +4000->192\.168\.7\.2:4000/)
        expect(list).toMatch(/TCP +4001->192\.168\.7\.2:4001/)
        expect(await gateway.rules()).toMatch(/dport 4000 dnat ip to 192\.168\.7\.2:4000/)
        await expectReached(gateway, client, ADDRESS.wan, 4000)
        if (protocol6 !== undefined) await expectOpened(gateway, client, protocol6)
        if (protocol6 !== undefined) await expectMappedAgain(gateway, client, protocol)
        const { elapsedMs } = await client.tell<{ elapsedMs: number }>('closeLease', 0)
        expect(elapsedMs).toBeLessThan(1100)
        expect(await upnpList(gateway)).not.toMatch(/4000->/)
        await client.stop()
        expect(await gateway.rules()).not.toMatch(/400\d/)
      }
      await withGateway(settings, play, (gateway) => gateway.dropPcp(drop))
    },
    LIMIT_MS,
  )

  test.concurrent(
    'E1: NAT-PMP beside a silent PCP, as natpmpc sees it',
    async () => {
      await withGateway(
        { upnp: false },
        async (gateway, client) => {
          await client.tell('listen', 4000, '0.0.0.0')
          expect((await client.map(4000, 'udp', ADDRESS.client)).state).toMatchObject(
            mappedAs('nat-pmp', 4000),
          )
          expect(await gateway.run('client', 'natpmpc', '-g', ADDRESS.gateway)).toContain(
            'Public IP address : 5.5.5.1',
          )
          expect(await gateway.rules()).toMatch(/dport 4000 dnat ip to 192\.168\.7\.2:4000/)
          await expectReached(gateway, client, ADDRESS.wan, 4000)
          await client.stop()
          expect(await gateway.rules()).not.toMatch(/4000/)
        },
        (gateway) => gateway.dropPcp('pcp'),
      )
    },
    LIMIT_MS,
  )

  test.concurrent(
    'E1: renewed in real time, at half of what the gateway grants',
    async () => {
      await withGateway(
        { upnp: false, moreConfig: ['min_lifetime=4', 'max_lifetime=8'] },
        async (gateway, client) => {
          const { state } = await client.map(4000, 'udp', ADDRESS.client)
          const first = expiryOf(state)
          const renewed = await client.change(({ status }) => status === 'mapped')
          expect(expiryOf(renewed) - first).toBeGreaterThan(3900)
          await client.stop()
          expect(await gateway.rules()).not.toMatch(/dport/)
        },
      )
    },
    LIMIT_MS,
  )
})
