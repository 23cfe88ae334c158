import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import type { LeaseState, SavedLease } from '@p2pd/portmap'
import { startClient } from './client.ts'
import { ADDRESS, type GatewaySettings, RealGateway, whyNoRealGateway } from './real-gateway.ts'

const reason = whyNoRealGateway()
const suite = reason === undefined ? describe : describe.skip
const LIMIT_MS = 90_000

type Client = ReturnType<typeof startClient>

/** A gateway and a client on it, for one test. */
async function withGateway(
  settings: GatewaySettings,
  body: (gateway: RealGateway, client: Client) => Promise<void>,
  prepare: (gateway: RealGateway) => void = () => {},
): Promise<void> {
  const gateway = new RealGateway(settings)
  let client: Client | undefined
  try {
    await gateway.start()
    prepare(gateway)
    client = startClient(gateway)
    await body(gateway, client)
  } finally {
    await client?.stop()
    await gateway.close()
  }
}

const upnpList = (gateway: RealGateway) => gateway.run('client', 'upnpc', '-m', 'eth0', '-l')

/** Sends a datagram from outside, which the client must receive. */
async function expectReached(gateway: RealGateway, client: Client, ip: string, port: number): Promise<void> {
  gateway.sendFromOutside(ip, port, `to-${port}`)
  expect(await client.heard()).toBe(`to-${port}`)
}

const mappedAs = (protocol: string, port: number, ip: string = ADDRESS.wan) => ({
  status: 'mapped',
  mapping: { protocol, external: { ip, port }, doubleNat: false, publishable: true },
})

suite(`E: real miniupnpd${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  test.each([
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
        expect(upnpList(gateway)).toMatch(/UDP +4000->192\.168\.7\.2:4000/)
        expect(upnpList(gateway)).toMatch(/TCP +4001->192\.168\.7\.2:4001/)
        expect(gateway.rules()).toMatch(/dport 4000 dnat ip to 192\.168\.7\.2:4000/)
        await expectReached(gateway, client, ADDRESS.wan, 4000)
        const { elapsedMs } = await client.tell<{ elapsedMs: number }>('closeLease', 0)
        expect(elapsedMs).toBeLessThan(1100)
        expect(upnpList(gateway)).not.toMatch(/4000->/)
        await client.stop()
        expect(gateway.rules()).not.toMatch(/400\d/)
      })
    },
    LIMIT_MS,
  )

  test(
    'E1: NAT-PMP beside a silent PCP, as natpmpc sees it',
    async () => {
      await withGateway(
        { upnp: false },
        async (gateway, client) => {
          await client.tell('listen', 4000, '0.0.0.0')
          expect((await client.map(4000, 'udp', ADDRESS.client)).state).toMatchObject(
            mappedAs('nat-pmp', 4000),
          )
          expect(gateway.run('client', 'natpmpc', '-g', ADDRESS.gateway)).toContain(
            'Public IP address : 5.5.5.1',
          )
          expect(gateway.rules()).toMatch(/dport 4000 dnat ip to 192\.168\.7\.2:4000/)
          await expectReached(gateway, client, ADDRESS.wan, 4000)
          await client.stop()
          expect(gateway.rules()).not.toMatch(/4000/)
        },
        (gateway) => gateway.dropPcp('pcp'),
      )
    },
    LIMIT_MS,
  )

  test.each([
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
          expect(gateway.rules()).toMatch(/dport 4000/)
          await expectReached(gateway, client, ADDRESS.client6, 4000)
          await client.stop()
          expect(gateway.rules()).not.toMatch(/dport 4000/)
        },
        (gateway) => gateway.dropPcp(drop),
      )
    },
    LIMIT_MS,
  )

  test(
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
          expect(gateway.rules()).not.toMatch(/dport/)
        },
      )
    },
    LIMIT_MS,
  )

  test.each([
    ['pcp', {}],
    ['upnp-igd2', { natPmp: false }],
  ] as const)(
    'E1: %s is mapped again when the gateway has restarted and lost everything',
    async (protocol, settings) => {
      await withGateway(settings, async (gateway, client) => {
        await client.map(4000, 'udp', ADDRESS.client)
        await gateway.stop('SIGKILL')
        gateway.flush()
        expect(gateway.rules()).not.toMatch(/dport 4000/)
        await gateway.start()
        // UPnP has no announcement that is listened for: its renewal, or somebody's word, shows it.
        if (protocol !== 'pcp') await client.tell('refresh')
        await client.change(({ status }) => status === 'mapped')
        expect(gateway.rules()).toMatch(/dport 4000/)
      })
    },
    LIMIT_MS,
  )

  test.each([
    ['upnp-igd2', { natPmp: false }],
    ['upnp-igd1', { natPmp: false, igd1: true }],
    ['pcp', {}],
  ] as const)(
    "E2: another host's mapping is in the way: another port over %s",
    async (protocol, settings) => {
      await withGateway(settings, async (gateway, client) => {
        const taken = gateway.run(
          'other',
          'upnpc',
          '-m',
          'eth0',
          '-a',
          ADDRESS.other,
          '4000',
          '4000',
          'udp',
          '600',
        )
        expect(taken).toContain('is redirected')
        const { state } = await client.map(4000, 'udp', ADDRESS.client)
        expect(state).toMatchObject({ status: 'mapped', mapping: { protocol } })
        expect(externalPortOf(state)).not.toBe(4000)
        if (protocol === 'upnp-igd1') {
          expect(state).toMatchObject({
            conflicts: [{ externalPort: 4000, internal: { ip: ADDRESS.other, port: 4000 } }],
          })
        }
        await client.stop()
        expect(upnpList(gateway)).toMatch(/UDP +4000->192\.168\.7\.3:4000/)
        expect(upnpList(gateway)).not.toMatch(/->192\.168\.7\.2:/)
      })
    },
    LIMIT_MS,
  )

  test(
    'a port stolen while the gateway was restarting: the new port is reported',
    async () => {
      await withGateway({ natPmp: false }, async (gateway, client) => {
        await client.map(4000, 'udp', ADDRESS.client)
        await gateway.stop('SIGKILL')
        gateway.flush()
        await gateway.start()
        gateway.run('other', 'upnpc', '-m', 'eth0', '-a', ADDRESS.other, '4000', '4000', 'udp', '600')
        await client.tell('refresh')
        const state = await client.change(({ status }) => status === 'mapped')
        expect(externalPortOf(state)).not.toBe(4000)
      })
    },
    LIMIT_MS,
  )

  test.each([
    ['pcp', {}],
    ['upnp-igd2', { natPmp: false }],
  ] as const)(
    '%s: nothing is left after SIGTERM; what a crash leaves is found again',
    async (protocol, settings) => {
      const folder = mkdtempSync(join(tmpdir(), 'p2pd-leases-'))
      const file = join(folder, 'leases.json')
      const read = () => JSON.parse(readFileSync(file, 'utf8')) as SavedLease[]
      try {
        await withGateway(settings, async (gateway) => {
          const crashing = startClient(gateway, 'client', file)
          await crashing.map(4000, 'udp', ADDRESS.client, { externalPort: 5000 })
          const [before] = read()
          expect(statSync(file).mode & 0o777).toBe(0o600)
          await crashing.kill('SIGKILL')
          expect(gateway.rules()).toMatch(/dport 5000/)

          const second = startClient(gateway, 'client', file)
          expect((await second.map(4000, 'udp', ADDRESS.client)).state).toMatchObject(
            mappedAs(protocol, 5000),
          )
          expect(read()).toEqual([before])
          await second.kill('SIGTERM')
          expect(gateway.rules()).not.toMatch(/dport/)
          expect(read()).toEqual([])
        })
      } finally {
        rmSync(folder, { recursive: true })
      }
    },
    LIMIT_MS,
  )

  test.each([
    ['IPv4', ADDRESS.client],
    ['IPv6, renewed, which miniupnpd does not let PCP end', ADDRESS.client6],
  ])(
    'what a crash left and nobody asks for any more is released on request: %s',
    async (_name, address) => {
      const folder = mkdtempSync(join(tmpdir(), 'p2pd-leases-'))
      const file = join(folder, 'leases.json')
      try {
        await withGateway({}, async (gateway) => {
          const crashing = startClient(gateway, 'client', file)
          await crashing.map(4000, 'udp', address)
          await crashing.tell('refresh')
          await crashing.change(({ status }) => status === 'mapped')
          expect(gateway.rules().match(/dport 4000/g)).not.toBeNull()
          await crashing.kill('SIGKILL')
          const second = startClient(gateway, 'client', file)
          expect(await second.tell('releaseLeftovers')).toBe(1)
          expect(gateway.rules()).not.toMatch(/dport/)
          await second.stop()
        })
      } finally {
        rmSync(folder, { recursive: true })
      }
    },
    LIMIT_MS,
  )

  test.each([
    ['a private WAN address', '10.9.0.1'],
    ['no WAN address', ''],
  ])(
    'E3: %s is recognised as double NAT, and pinholes go on working',
    async (_name, wan) => {
      await withGateway({ wan }, async (_gateway, client) => {
        const { state } = await client.map(4000, 'udp', ADDRESS.client)
        expect(state).toMatchObject({ status: 'unmapped', reason: 'refused', doubleNat: true })
        expect((await client.map(4000, 'udp', ADDRESS.client6)).state).toMatchObject({ status: 'mapped' })
      })
    },
    LIMIT_MS,
  )

  test(
    'E3: no gateway is known within 2 s; one that starts later is found',
    async () => {
      const gateway = new RealGateway({})
      const client = startClient(gateway)
      try {
        const { state, elapsedMs } = await client.map(4000, 'udp', ADDRESS.client)
        expect(state).toMatchObject({ status: 'unmapped', reason: 'no-gateway' })
        expect(elapsedMs).toBeLessThan(2200)
        await gateway.start()
        await client.tell('refresh')
        expect(await client.change(({ status }) => status === 'mapped')).toMatchObject(mappedAs('pcp', 4000))
      } finally {
        await client.stop()
        await gateway.close()
      }
    },
    LIMIT_MS,
  )

  test(
    'E3: an address other than STUN sees is reported',
    async () => {
      await withGateway({}, async (_gateway, client) => {
        const { state } = await client.map(4000, 'udp', ADDRESS.client, { stunIp: '5.5.5.77' })
        expect(state).toMatchObject({
          mapping: { doubts: ['differs-from-stun'], doubleNat: true, publishable: false },
        })
      })
    },
    LIMIT_MS,
  )
})

function expiryOf(state: LeaseState | undefined): number {
  if (state?.status !== 'mapped') throw new Error(`not mapped: ${JSON.stringify(state)}`)
  return state.mapping.expiresAt ?? 0
}

function externalPortOf(state: LeaseState | undefined): number {
  if (state?.status !== 'mapped') throw new Error(`not mapped: ${JSON.stringify(state)}`)
  return state.mapping.external.port
}
