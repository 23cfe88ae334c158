import { expect, test } from '@jest/globals'
import {
  formatNetcheck,
  measureMappingLifetime,
  type NatOf,
  type NatPorts,
  NatReports,
  netcheck,
} from '@p2pd/nat'
import { ROUND_TRIP_MS, startStunServers } from '../../bench/nat-lab.ts'
import { presets, type VirtualHost, VirtualInternet } from '../../src/index.ts'

function portsOf(net: VirtualInternet, host: VirtualHost): NatPorts {
  return { network: host.network, clock: net.clock, random: host.random }
}

test('netcheck: every NIC, both protocols, dead servers named, under 3 s', async () => {
  const net = new VirtualInternet({ seed: 1 })
  const check = await net.run(async () => {
    const servers = await startStunServers(net)
    const dead = `stun:${net.host().ip}:3478`
    const boxes = [presets['port-restricted-equal'], presets['symmetric-random']].map((settings, i) =>
      net.box(settings, { name: `box-${i}`, link: { delayMs: 19 } }),
    )
    const host = net.host({ behind: boxes })
    return netcheck(portsOf(net, host), {
      servers: [...servers, dead],
      others: { mqtt: Promise.resolve([{ server: 'mqtt://x', ok: true }]) },
    })
  })
  expect(check.interfaces.map(({ name }) => name)).toEqual(['eth0', 'eth1'])
  const nats = check.interfaces.map(({ routes }) => routes.map(({ nat }) => [nat.udp.type, nat.tcp.type]))
  expect(nats).toEqual([[['port-restricted', 'port-restricted']], [['symmetric', 'symmetric']]])
  expect(check.interfaces[0]?.routes[0]?.externalAddresses).toHaveLength(1)
  expect(check.stun.map(({ ok }) => ok)).toEqual([true, true, true, true, true, true, false])
  expect(check.stun.at(-1)?.reason).toMatch(/no response/)
  expect(check.elapsedMs).toBeLessThan(3000)
  expect(JSON.parse(JSON.stringify(check))).toEqual(check)
  const text = formatNetcheck(check)
  expect(text).toMatch(/UDP {2}port-restricted, ports equal: punching works with most peers/)
  expect(text).toMatch(/TCP {2}symmetric, ports random/)
  expect(text.split('\n').length).toBeLessThan(40)
})

test('netcheck ends in time when nothing answers', async () => {
  const net = new VirtualInternet({ seed: 2 })
  const check = await net.run(async () => {
    const servers = Array.from({ length: 20 }, () => `stun:${net.host().ip}:3478`)
    const host = net.host({ nat: presets.home })
    return netcheck(portsOf(net, host), { servers, others: { turn: new Promise(() => {}) } })
  })
  expect(check.elapsedMs).toBeLessThanOrEqual(10_000)
  expect(check.interfaces[0]?.routes[0]?.nat.udp.type).toBe('blocked')
  expect(check.stun.every(({ ok, reason }) => !ok && reason !== undefined)).toBe(true)
})

test('B5: a host with IPv6 only reports no NAT or a firewall', async () => {
  for (const [kind, type] of [
    ['open', 'open'],
    ['firewall', 'udp-firewall'],
  ] as const) {
    const net = new VirtualInternet({ seed: 3 })
    const check = await net.run(async () => {
      const servers = await startStunServers(net, 'IPv6')
      return netcheck(portsOf(net, net.host({ nat: { kind }, families: ['IPv6'] })), { servers })
    })
    expect(check.interfaces[0]?.routes).toMatchObject([
      { family: 'IPv6', nat: { udp: { type }, tcp: { type } } },
    ])
  }
})

test.each([35_000, 65_000, 180_000])(
  'B3: the lifetime of a mapping that lives %s ms is measured',
  async (idleMs) => {
    for (const delta of ['equal', 'random'] as const) {
      const net = new VirtualInternet({ seed: 4 })
      const lifetime = await net.run(async () => {
        const [uri = ''] = await startStunServers(net)
        const nat = { ...presets[`symmetric-${delta}`], lifetimes: { idleMs } } as const
        const host = net.host({ nat, link: { delayMs: 19, loss: 0.02 } })
        const server = { ip: uri.split(':')[1] ?? '', port: 3478 }
        return measureMappingLifetime(portsOf(net, host), { server, from: { ip: host.ip } })
      })
      expect(lifetime.atLeastMs).toBeLessThanOrEqual(idleMs)
      expect(lifetime.lessThanMs).toBeGreaterThanOrEqual(idleMs)
    }
  },
)

const RESTRICTED = {
  mapping: 'endpoint-independent',
  filtering: 'address-dependent',
  delta: { type: 'random' },
  ports: { range: [30_000, 32_047] },
} as const

/** Reports of a host behind a restricted NAT, and its NIC. */
function withReports(
  macs: (ip: string, nic: string) => Promise<string | undefined>,
  body: (net: VirtualInternet, reports: NatReports, nat: NatOf) => Promise<void>,
): Promise<void> {
  const net = new VirtualInternet({ seed: 5 })
  return net.run(async () => {
    const servers = await startStunServers(net)
    const host = net.host({ nat: RESTRICTED, link: { delayMs: 19 } })
    const reports = new NatReports(portsOf(net, host), { servers, gatewayMac: macs })
    const nic = (await host.network.interfaces()).find(({ name }) => name === 'eth0')
    if (nic === undefined) throw new Error('no eth0')
    await body(net, reports, { nic, family: 'IPv4', protocol: 'udp' })
  })
}

test('reports are kept by gateway, shared while under way, and forgotten when the network changes', () =>
  withReports(
    (_, nic) => Promise.resolve(nic === 'eth1' ? '02:00:00:00:00:02' : '02:00:00:00:00:01'),
    async (net, reports, nat) => {
      const onNic = (name: string): NatOf => ({ ...nat, nic: { ...nat.nic, name } })
      const [first, second] = await Promise.all([reports.get(nat), reports.get(nat)])
      expect(first).toMatchObject({ type: 'restricted' })
      expect(second).toBe(first)
      const start = net.clock.now()
      expect(await reports.get(onNic('wlan0'))).toBe(first)
      expect(net.clock.now()).toBe(start)
      // The same gateway address on another NIC, but another box.
      expect(await reports.get(onNic('eth1'))).not.toBe(first)
      expect(net.clock.now()).toBeGreaterThan(start)
      reports.networkChanged()
      expect(reports.known(nat).confidence).toBe(0)
      const later = net.clock.now()
      expect(await reports.get(nat)).toMatchObject({ type: 'restricted' })
      expect(net.clock.now()).toBeGreaterThan(later)
    },
  ))

test('a gateway that shows its MAC only when it was spoken with is asked about once', () => {
  let looks = 0
  const macs = () => Promise.resolve(looks++ === 0 ? undefined : '02:00:00:00:00:01')
  return withReports(macs, async (net, reports, nat) => {
    const first = await reports.get(nat)
    const start = net.clock.now()
    expect(await reports.get(nat)).toBe(first)
    expect(reports.known(nat)).toBe(first)
    expect(net.clock.now()).toBe(start)
  })
})

test('type and delta are known before the range is', () =>
  withReports(
    () => Promise.resolve(undefined),
    async (net, reports, nat) => {
      const whole = reports.get(nat)
      await new Promise<void>((resolve) => net.clock.at(net.clock.now() + 8 * ROUND_TRIP_MS, resolve))
      const early = reports.known(nat)
      expect(early).toMatchObject({ type: 'restricted', delta: { type: 'random' } })
      // Few mappings show a block, and more of them where it ends.
      expect(early.portRange[1] - early.portRange[0]).toBeLessThan(6000)
      expect((await whole).portRange).not.toEqual(early.portRange)
    },
  ))

test('reports of a network that is gone are not kept', () =>
  withReports(
    () => Promise.resolve(undefined),
    async (net, reports, nat) => {
      const old = reports.get(nat)
      await new Promise<void>((resolve) => net.clock.at(net.clock.now() + ROUND_TRIP_MS, resolve))
      reports.networkChanged()
      await old
      expect(reports.known(nat).confidence).toBe(0)
    },
  ))

test('B4: a NIC that was not tested is port-restricted and random, and can be set by hand', () =>
  withReports(
    () => Promise.resolve('02:00:00:00:00:01'),
    async (_, reports, nat) => {
      const untested = { type: 'port-restricted', delta: { type: 'random' }, confidence: 0 }
      expect(reports.known(nat)).toMatchObject(untested)
      reports.set(nat, { type: 'symmetric', delta: { type: 'independent', value: 2 } })
      const byHand = { type: 'symmetric', delta: { value: 2 }, evidence: ['set by hand'] }
      expect(reports.known(nat)).toMatchObject(byHand)
      expect(await reports.get(nat)).toMatchObject(byHand)
      reports.networkChanged()
      expect(reports.known(nat)).toMatchObject(untested)
    },
  ))
