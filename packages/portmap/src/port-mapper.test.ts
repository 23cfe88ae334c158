import { expect, test } from '@jest/globals'
import {
  closed,
  HOME,
  homeNic,
  mapped,
  mappingOf,
  MemoryLan,
  ScriptedGateway,
  virtualHome,
} from './testing/index.ts'
import type { LeaseState } from './lease.ts'
import { judgeExternal } from './lease/judge-external.ts'
import { mappableAddresses } from './lease/mappable-addresses.ts'

test.each([
  ['pcp', { pcp: true, natPmp: true, igd: {} }, 5],
  ['nat-pmp', { pcp: false, natPmp: true, igd: {} }, 6],
  ['nat-pmp', { pcp: 'nat-pmp', natPmp: true, igd: {} }, 6],
  ['nat-pmp', { pcp: 1, natPmp: true }, 6],
  ['nat-pmp', { pcp: 2, natPmp: true }, 6],
  ['upnp-igd1', { igd: { version: 1 } }, 165],
  ['upnp-igd2', { igd: { version: 2 } }, 165],
  ['upnp-igd1', { closed: true, igd: {} }, 30],
  ['upnp-igd1', { pcp: 2, natPmp: 2, igd: {} }, 30],
  ['upnp-igd1', { pcp: 1, natPmp: 5, igd: {} }, 30],
] as const)('%s from a gateway of %j within %i ms', async (protocol, script, limitMs) => {
  const home = await virtualHome(script)
  const { lease, elapsedMs } = await mapped(home)
  expect(mappingOf(lease)).toMatchObject({
    protocol,
    gateway: HOME.gateway,
    internal: { ip: HOME.client, port: 4000 },
    external: { ip: '203.0.113.7', port: 4000 },
    lifetimeSeconds: 3600,
    doubleNat: false,
    publishable: true,
  })
  expect(elapsedMs).toBeLessThanOrEqual(limitMs)
  expect(home.gateway.table.rows(home.clock.now())).toHaveLength(1)
  await closed(home)
  expect(home.gateway.table.rows(home.clock.now())).toHaveLength(0)
})

test.each([{ pcp: true }, { natPmp: true }])(
  '%j: a gateway that grants over UDP is not searched for',
  async (script) => {
    const home = await virtualHome({ ...script, igd: {} })
    await mapped(home)
    await closed(home)
    expect(home.gateway.count('M-SEARCH')).toBe(0)
  },
)

test('no gateway: known within 2 s; a late answer still counts, over every protocol', async () => {
  for (const script of [{ pcp: true }, { natPmp: true }, { igd: {} }] as const) {
    const home = await virtualHome({ ...script, silentUntil: 3000 })
    const { lease, elapsedMs } = await mapped(home)
    expect(elapsedMs).toBeLessThanOrEqual(2000)
    expect(lease.state).toMatchObject({ status: 'unmapped', reason: 'no-gateway', doubleNat: false })
    const states: LeaseState[] = []
    lease.onChange((state) => states.push(state))
    await home.clock.advance(8000)
    expect(states).toMatchObject([{ status: 'mapped' }])
    await closed(home)
  }
})

test('a gateway whose port is closed: known within 2 s, and said', async () => {
  const home = await virtualHome({ closed: true })
  const { lease, elapsedMs } = await mapped(home)
  expect(elapsedMs).toBeLessThanOrEqual(2000)
  await home.clock.advance(8000)
  const closedPort = {
    outcome: 'closed',
    reason: expect.stringContaining('is switched off: its port is closed'),
  }
  expect(lease.state).toMatchObject({
    reason: 'no-gateway',
    failed: [closedPort, closedPort, { protocol: 'upnp', outcome: 'silent' }],
  })
  await closed(home)
})

test('a gateway that refuses PCP and is silent otherwise: known within 2 s', async () => {
  const home = await virtualHome({ pcp: 2 })
  const { lease, elapsedMs } = await mapped(home)
  expect(elapsedMs).toBeLessThanOrEqual(2000)
  expect(lease.state).toMatchObject({ reason: 'refused', failed: [{ protocol: 'pcp', gatewayCode: 2 }] })
  await home.clock.advance(8000)
  expect(lease.state).toMatchObject({
    reason: 'refused',
    failed: [{}, { protocol: 'nat-pmp' }, { protocol: 'upnp' }],
  })
  await closed(home)
})

test('a gateway that takes 4 s for each answer over UPnP is waited for', async () => {
  for (const script of [{}, { pcp: 2 }] as const) {
    const home = await virtualHome({ ...script, igd: { delayMs: 4000 } })
    const { lease, elapsedMs } = await mapped(home)
    expect(lease.state.status).toBe('mapped')
    expect(elapsedMs).toBeGreaterThan(4000)
    expect(elapsedMs).toBeLessThan(20_000)
    await closed(home)
  }
})

test('a NIC without a gateway is known at once', async () => {
  const home = await virtualHome({})
  const { value: lease } = await home.settle(
    home.mapper.mapPort({ port: 4000, protocol: 'udp', interface: homeNic([]) }),
  )
  expect(lease.state).toMatchObject({ status: 'unmapped', reason: 'no-gateway' })
  expect(home.lan.sent).toEqual([])
  await closed(home)
})

test('one gateway is asked one thing at a time, and once it is known, in its own protocol alone', async () => {
  const home = await virtualHome({ pcp: true, natPmp: true, igd: {} })
  await home.settle(
    Promise.all(
      [4000, 4001, 4002, 4003].map((port) => {
        return home.mapper.mapPort({ port, protocol: 'udp', interface: home.nic })
      }),
    ),
  )
  expect(home.gateway.count('pcp map')).toBe(4)
  expect(home.gateway.count('nat-pmp address')).toBeLessThanOrEqual(1)
  expect(home.gateway.count('AddPortMapping')).toBe(0)
  await closed(home)
})

test('a PCP answer that comes after another protocol was used is given back', async () => {
  const home = await virtualHome({ natPmp: true, pcp: false })
  const { lease } = await mapped(home)
  home.gateway.script.pcp = true
  home.gateway.script.natPmp = false
  await home.clock.advance(9000)
  expect(mappingOf(lease).protocol).toBe('nat-pmp')
  expect(home.gateway.table.rows(home.clock.now())).toHaveLength(1)
  await closed(home)
})

test('a changed network is asked anew; a lost address is not mapped', async () => {
  const home = await virtualHome({ pcp: true })
  const { lease } = await mapped(home)
  home.mapper.networkChanged([{ ...home.nic, addresses: [], gateways: [] }])
  await home.clock.advance(100)
  expect(lease.state).toMatchObject({ status: 'unmapped', reason: 'no-gateway' })
  home.mapper.networkChanged([home.nic])
  await home.clock.advance(100)
  expect(lease.state).toMatchObject({ status: 'mapped' })
  await closed(home)
})

test('with two gateways the preferred one is used, and the second when the first is silent', async () => {
  for (const [first, second, expected] of [
    [{ pcp: true }, { pcp: true }, HOME.gateway],
    [{}, { natPmp: true }, HOME.second],
    [{ pcp: 2 }, { igd: {} }, HOME.second],
  ] as const) {
    const home = await virtualHome(first)
    const place = { network: home.lan.host('second', [HOME.second]), clock: home.clock, ip: HOME.second }
    const other = new ScriptedGateway(place, second)
    await home.settle(other.start())
    const nic = homeNic([HOME.gateway, HOME.second])
    const { value: lease, elapsedMs } = await home.settle(
      home.mapper.mapPort({ port: 4000, protocol: 'udp', interface: nic }),
    )
    expect(mappingOf(lease).gateway).toBe(expected)
    expect(elapsedMs).toBeLessThan(2000)
    const rows = [home.gateway, other].flatMap(({ table }) => table.rows(home.clock.now()))
    expect(rows).toHaveLength(1)
    await home.settle(home.mapper.close())
  }
})

test('answers count only from the gateway that was asked', async () => {
  const home = await virtualHome({ pcp: true, natPmp: true, answerFrom: '192.168.1.66' })
  const { lease } = await mapped(home)
  expect(lease.state).toMatchObject({ status: 'unmapped', reason: 'no-gateway' })
  await closed(home)
})

test('a port in use for announcements does no harm', async () => {
  const home = await virtualHome({ pcp: true })
  await home.settle(home.ports.network.bindUdp({ local: { ip: '0.0.0.0', port: 5350 } }))
  expect(mappingOf((await mapped(home)).lease).protocol).toBe('pcp')
})

test('IPv6: PCP opens the firewall for the very address; port 0 means the internal one', async () => {
  const home = await virtualHome({})
  const gua = '2001:db8:1::5'
  const router = { network: home.lan.host('router', ['fe80::1']), clock: home.clock, ip: 'fe80::1' }
  const gateway6 = new ScriptedGateway(router, { pcp: true })
  await home.settle(gateway6.start())
  const nic = homeNic(
    [HOME.gateway, 'fe80::1'],
    [{ family: 'IPv6', ip: gua, prefixLength: 64, scope: 'global', temporary: false, deprecated: false }],
  )
  const request = { port: 4000, protocol: 'tcp', interface: nic, address: gua } as const
  const { value: lease } = await home.settle(home.mapper.mapPort(request))
  expect(mappingOf(lease)).toMatchObject({
    protocol: 'pcp',
    gateway: 'fe80::1%eth0',
    external: { ip: gua, port: 4000 },
    publishable: true,
  })
  home.mapper.refresh()
  await home.clock.advance(1000)
  expect([gateway6.count('pcp map'), mappingOf(lease).external]).toEqual([2, { ip: gua, port: 4000 }])
  await home.settle(gateway6.close())
  await closed(home)
})

test('bad arguments are refused, each with its code', async () => {
  const home = await virtualHome({ pcp: true })
  const good = { port: 1, protocol: 'udp', interface: home.nic } as const
  const without = { ...home.nic, addresses: [] }
  const malformed = { ...home.nic, addresses: home.nic.addresses.map((one) => ({ ...one, ip: '192.168.1' })) }
  for (const [wrong, code] of [
    [{ port: 0 }, 'NETIF_INVALID_ARGUMENT'],
    [{ port: 70_000 }, 'NETIF_INVALID_ARGUMENT'],
    [{ externalPort: -1 }, 'NETIF_INVALID_ARGUMENT'],
    [{ address: 'router.home' }, 'NETIF_INVALID_ARGUMENT'],
    [{ stunIp: '203.0.113' }, 'NETIF_INVALID_ARGUMENT'],
    [{ interface: malformed }, 'NETIF_INVALID_ARGUMENT'],
    [{ interface: without }, 'PORTMAP_INVALID_ARGUMENT'],
  ] as const) {
    await expect(home.mapper.mapPort({ ...good, ...wrong })).rejects.toMatchObject({ code })
  }
  const invalid = expect.objectContaining({ code: 'NETIF_INVALID_ARGUMENT' })
  expect(() => mappableAddresses(malformed)).toThrow(invalid)
  expect(() => judgeExternal('203.0.113', undefined)).toThrow(invalid)
  const { lease } = await mapped(home)
  expect(() => lease.compareWithStun('203.0.113')).toThrow(invalid)
  expect(mappingOf(lease).publishable).toBe(true)
  await closed(home)
  await expect(home.mapper.mapPort({ port: 1, protocol: 'udp', interface: home.nic })).rejects.toMatchObject({
    code: 'PORTMAP_CLOSED',
  })
})

test('a lan of its own has no gateway: nothing is sent to others', async () => {
  const home = await virtualHome({ igd: { answersOnly: 'multicast' } })
  await mapped(home)
  const asked = new Set(home.lan.sent.map(({ to }) => to.ip))
  expect([...asked].toSorted()).toEqual([HOME.client, HOME.gateway, '239.255.255.250'].toSorted())
  expect(new MemoryLan(home.clock).open).toBe(0)
  await closed(home)
})
