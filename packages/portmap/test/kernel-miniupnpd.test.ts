import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import type { SavedLease } from '@p2pd/portmap'
import { type Client, startClient } from './client.ts'
import { ADDRESS, type RealGateway } from './real-gateway.ts'
import {
  expectReached,
  expiryOf,
  LIMIT_MS,
  mappedAs,
  sharedHomes,
  upnpList,
  whySkipped,
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

/** Calls `play` with a file for a program's leases. */
async function withLeaseFile(play: (file: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'p2pd-leases-'))
  try {
    await play(join(folder, 'leases.json'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

suite(`E1: real miniupnpd${whySkipped}`, () => {
  const withGateway = sharedHomes()

  test.concurrent.each([
    ['upnp-igd2', 'upnp-pinhole', { drops: 'all' }],
    ['upnp-igd1', undefined, { natPmp: false, igd1: true }],
    ['pcp', 'pcp', {}],
  ] as const)(
    'E1: %s, and for IPv6 %s, seen by upnpc, nft and packets from outside; mapped again after a restart; gone after close',
    async (protocol, protocol6, settings) => {
      await withGateway(settings, async (gateway, client) => {
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
        await client.tell('close')
        expect(await gateway.rules()).not.toMatch(/400\d/)
      })
    },
    LIMIT_MS,
  )

  test.concurrent(
    'E1: NAT-PMP beside a silent PCP, as natpmpc sees it',
    async () => {
      await withGateway({ upnp: false, drops: 'pcp' }, async (gateway, client) => {
        await client.tell('listen', 4000, '0.0.0.0')
        expect((await client.map(4000, 'udp', ADDRESS.client)).state).toMatchObject(mappedAs('nat-pmp', 4000))
        expect(await gateway.run('client', 'natpmpc', '-g', ADDRESS.gateway)).toContain(
          'Public IP address : 5.5.5.1',
        )
        expect(await gateway.rules()).toMatch(/dport 4000 dnat ip to 192\.168\.7\.2:4000/)
        await expectReached(gateway, client, ADDRESS.wan, 4000)
        await client.tell('close')
        expect(await gateway.rules()).not.toMatch(/4000/)
      })
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
          await client.tell('close')
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
    '%s: nothing is left after SIGTERM; what a crash leaves is found again',
    async (protocol, settings) => {
      await withGateway(settings, (gateway) =>
        withLeaseFile(async (file) => {
          const read = () => JSON.parse(readFileSync(file, 'utf8')) as SavedLease[]
          const crashing = startClient(gateway, 'client', file)
          await crashing.map(4000, 'udp', ADDRESS.client, { externalPort: 5000 })
          const [before] = read()
          expect(statSync(file).mode & 0o777).toBe(0o600)
          await crashing.kill('SIGKILL')
          expect(await gateway.rules()).toMatch(/dport 5000/)

          const second = startClient(gateway, 'client', file)
          expect((await second.map(4000, 'udp', ADDRESS.client)).state).toMatchObject(
            mappedAs(protocol, 5000),
          )
          expect(read()).toEqual([before])
          await second.kill('SIGTERM')
          expect(await gateway.rules()).not.toMatch(/dport/)
          expect(read()).toEqual([])
        }),
      )
    },
    LIMIT_MS,
  )

  test.concurrent(
    'what a crash left is released on request: IPv4, and IPv6, renewed, which miniupnpd does not let PCP end',
    async () => {
      await withGateway({}, (gateway) =>
        withLeaseFile(async (file) => {
          const crashing = startClient(gateway, 'client', file)
          for (const address of [ADDRESS.client, ADDRESS.client6]) await crashing.map(4000, 'udp', address)
          await crashing.tell('refresh')
          for (let i = 0; i < 2; i++) await crashing.change(({ status }) => status === 'mapped')
          expect(await gateway.rules()).toMatch(/dport 4000/)
          await crashing.kill('SIGKILL')
          const second = startClient(gateway, 'client', file)
          expect(await second.tell('releaseLeftovers')).toBe(2)
          expect(await gateway.rules()).not.toMatch(/dport/)
          await second.stop()
        }),
      )
    },
    LIMIT_MS,
  )
})
