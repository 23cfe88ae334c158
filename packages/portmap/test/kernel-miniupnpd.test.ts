import { describe, expect, test } from '@jest/globals'
import { ADDRESS } from './real-gateway.ts'
import {
  expectReached,
  expiryOf,
  LIMIT_MS,
  mappedAs,
  upnpList,
  whySkipped,
  withGateway,
} from './with-gateway.ts'

const suite = whySkipped === '' ? describe : describe.skip

suite(`E1: real miniupnpd${whySkipped}`, () => {
  test.concurrent.each([
    ['upnp-igd2', { natPmp: false }],
    ['upnp-igd1', { natPmp: false, igd1: true }],
    ['pcp', {}],
  ] as const)(
    'E1: %s, seen by upnpc, nft and a packet from outside; gone after close',
    async (protocol, settings) => {
      await withGateway(settings, async (gateway, client) => {
        await client.tell('listen', 4000, '0.0.0.0')
        expect((await client.map(4000, 'udp', ADDRESS.client)).state).toMatchObject(mappedAs(protocol, 4000))
        expect((await client.map(4001, 'tcp', ADDRESS.client)).state).toMatchObject(mappedAs(protocol, 4001))
        expect(await upnpList(gateway)).toMatch(/UDP +4000->192\.168\.7\.2:4000/)
        expect(await upnpList(gateway)).toMatch(/TCP +4001->192\.168\.7\.2:4001/)
        expect(await gateway.rules()).toMatch(/dport 4000 dnat ip to 192\.168\.7\.2:4000/)
        await expectReached(gateway, client, ADDRESS.wan, 4000)
        const { elapsedMs } = await client.tell<{ elapsedMs: number }>('closeLease', 0)
        expect(elapsedMs).toBeLessThan(1100)
        expect(await upnpList(gateway)).not.toMatch(/4000->/)
        await client.stop()
        expect(await gateway.rules()).not.toMatch(/400\d/)
      })
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

  test.concurrent.each([
    ['pcp', 'none'],
    ['upnp-pinhole', 'all'],
  ] as const)(
    'E1: IPv6 by %s: a packet from outside passes, and none after close',
    async (protocol, drop) => {
      await withGateway(
        {},
        async (gateway, client) => {
          await client.tell('listen', 4000, '::')
          const { state } = await client.map(4000, 'udp', ADDRESS.client6)
          expect(state).toMatchObject(mappedAs(protocol, 4000, ADDRESS.client6))
          expect(await gateway.rules()).toMatch(/dport 4000/)
          await expectReached(gateway, client, ADDRESS.client6, 4000)
          await client.stop()
          expect(await gateway.rules()).not.toMatch(/dport 4000/)
        },
        (gateway) => gateway.dropPcp(drop),
      )
    },
    LIMIT_MS,
  )

  test.concurrent(
    'E1: renewed in real time, at half of what the gateway grants',
    async () => {
      await withGateway(
        { upnp: false, moreConfig: ['min_lifetime=4', 'max_lifetime=10'] },
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

  test.concurrent.each([
    ['pcp', {}],
    ['upnp-igd2', { natPmp: false }],
  ] as const)(
    'E1: %s is mapped again when the gateway has restarted and lost everything',
    async (protocol, settings) => {
      await withGateway(settings, async (gateway, client) => {
        await client.map(4000, 'udp', ADDRESS.client)
        await gateway.stop('SIGKILL')
        await gateway.flush()
        expect(await gateway.rules()).not.toMatch(/dport 4000/)
        await gateway.start()
        // UPnP has no announcement that is listened for: its renewal, or somebody's word, shows it.
        if (protocol !== 'pcp') await client.tell('refresh')
        await client.change(({ status }) => status === 'mapped')
        expect(await gateway.rules()).toMatch(/dport 4000/)
      })
    },
    LIMIT_MS,
  )
})
