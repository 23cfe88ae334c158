import { expect, test } from '@jest/globals'
import type { Lease, LeaseState } from './lease.ts'
import type { LeaseStore, SavedLease } from './lease/lease-store.ts'
import type { Mapping } from './mapping.ts'
import { openPortMapper } from './port-mapper.ts'
import { HOME, homeNic, MemoryLan, ScriptedGateway, virtualHome } from './testing/index.ts'

type Home = Awaited<ReturnType<typeof virtualHome>>

const HOUR = 3_600_000

async function mapped(home: Home, port = 4000, protocol: 'tcp' | 'udp' = 'udp') {
  const { value: lease, elapsedMs } = await home.settle(
    home.mapper.mapPort({ port, protocol, interface: home.nic }),
  )
  return { lease, elapsedMs }
}

function mappingOf({ state }: Lease): Mapping {
  if (state.status !== 'mapped') throw new Error(`not mapped: ${JSON.stringify(state)}`)
  return state.mapping
}

async function closed(home: Home): Promise<void> {
  await home.settle(home.mapper.close())
  // What is still being listened for ends by itself.
  await home.clock.advance(10_000)
  await home.settle(home.gateway.close())
  expect(home.lan.open).toBe(0)
  expect(home.clock.pending).toBe(0)
}

test.each([
  ['pcp', { pcp: true, natPmp: true, igd: {} }, 5],
  ['nat-pmp', { pcp: false, natPmp: true, igd: {} }, 105],
  ['nat-pmp', { pcp: 'nat-pmp', natPmp: true, igd: {} }, 8],
  ['nat-pmp', { pcp: 1, natPmp: true }, 8],
  ['nat-pmp', { pcp: 2, natPmp: true }, 8],
  ['upnp-igd1', { igd: { version: 1 } }, 275],
  ['upnp-igd2', { igd: { version: 2 } }, 275],
  ['upnp-igd1', { pcp: 2, natPmp: 2, igd: {} }, 90],
  ['upnp-igd1', { pcp: 1, natPmp: 5, igd: {} }, 90],
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

test('a NIC without a gateway is known at once', async () => {
  const home = await virtualHome({})
  const { value: lease } = await home.settle(
    home.mapper.mapPort({ port: 4000, protocol: 'udp', interface: homeNic([]) }),
  )
  expect(lease.state).toMatchObject({ status: 'unmapped', reason: 'no-gateway' })
  expect(home.lan.sent).toEqual([])
  await closed(home)
})

test('a gateway that comes back later is found: silence is asked about again', async () => {
  const home = await virtualHome({ pcp: true, silentUntil: 3 * HOUR })
  const { lease } = await mapped(home)
  await home.clock.advance(3 * HOUR + 20 * 60_000)
  expect(lease.state).toMatchObject({ status: 'mapped' })
  expect(home.lan.sent.length).toBeLessThan(2500)
  await closed(home)
})

test.each([
  ['pcp', { pcp: true }],
  ['nat-pmp', { natPmp: true }],
  ['upnp-igd1', { igd: {} }],
  ['upnp-igd2', { igd: { version: 2 } }],
] as const)('%s: kept for a week without a gap, renewed at half', async (_name, script) => {
  const home = await virtualHome(script)
  const { lease } = await mapped(home)
  await mapped(home, 4001, 'tcp')
  const states: LeaseState[] = []
  lease.onChange((state) => states.push(state))
  for (let hour = 0; hour < 7 * 24; hour++) {
    await home.clock.advance(HOUR)
    expect(home.gateway.table.rows(home.clock.now())).toHaveLength(2)
  }
  const renewals = states.length
  // From 1/2 to 5/8 of an hour each.
  expect(renewals).toBeGreaterThanOrEqual((7 * 24 * 8) / 5 - 1)
  expect(renewals).toBeLessThanOrEqual(7 * 24 * 2 + 1)
  expect(states.every(({ status }) => status === 'mapped')).toBe(true)
  await closed(home)
})

test('a lifetime of 60 s, whatever was asked, is renewed in time', async () => {
  const home = await virtualHome({ natPmp: true, grant: () => 60 })
  const { lease } = await mapped(home)
  expect(mappingOf(lease).lifetimeSeconds).toBe(60)
  for (let minute = 0; minute < 60; minute++) {
    await home.clock.advance(60_000)
    expect(home.gateway.table.rows(home.clock.now())).toHaveLength(1)
  }
  await closed(home)
})

test('a lifetime of years is not believed: renewed within two hours', async () => {
  const home = await virtualHome({ natPmp: true, grant: () => 100_000_000 })
  await mapped(home)
  home.gateway.reboot()
  await home.clock.advance(80 * 60_000)
  expect(home.gateway.table.rows(home.clock.now())).toHaveLength(1)
  await closed(home)
})

test('a gateway that restarts and announces it: mapped again within 5 s', async () => {
  for (const script of [{ pcp: true }, { natPmp: true }, { igd: {} }] as const) {
    const home = await virtualHome(script)
    await mapped(home)
    await mapped(home, 4001)
    home.gateway.reboot({ announce: true })
    await home.clock.advance(5500)
    expect(home.gateway.table.rows(home.clock.now())).toHaveLength(2)
    await closed(home)
  }
})

test('a gateway that restarts silently: the first renewal shows it in the epoch, and the others follow', async () => {
  const home = await virtualHome({ pcp: true })
  await mapped(home, 4000)
  await home.clock.advance(20 * 60_000)
  await mapped(home, 4001)
  home.gateway.reboot()
  // The first lease is renewed at 30 to 37.5 min, the second would be 20 min later.
  await home.clock.advance(18 * 60_000)
  expect(home.gateway.table.rows(home.clock.now())).toHaveLength(2)
  await closed(home)
})

test('an external address that changes is told at the renewal', async () => {
  const home = await virtualHome({ igd: {} })
  const { lease } = await mapped(home)
  home.gateway.script.externalIp = '203.0.113.99'
  await home.clock.advance(HOUR)
  expect(mappingOf(lease).external.ip).toBe('203.0.113.99')
  await closed(home)
})

test('a lost renewal is asked for again before the end; expiry is told; later it is mapped again', async () => {
  const home = await virtualHome({ pcp: true })
  const { lease } = await mapped(home)
  home.gateway.script.silentUntil = home.clock.now() + 0.7 * HOUR
  await home.clock.advance(HOUR)
  expect(home.gateway.table.rows(home.clock.now())).toHaveLength(1)
  expect(lease.state.status).toBe('mapped')

  const states: LeaseState[] = []
  lease.onChange((state) => states.push(state))
  home.gateway.script.silentUntil = home.clock.now() + 3 * HOUR
  await home.clock.advance(1.1 * HOUR)
  expect(states[0]).toMatchObject({ status: 'unmapped', reason: 'expired' })
  await home.clock.advance(2.5 * HOUR)
  expect(lease.state.status).toBe('mapped')
  await closed(home)
})

test('renewals that are refused wait for the end, and are then asked for anew under another nonce', async () => {
  const home = await virtualHome({ pcp: true })
  const { lease } = await mapped(home)
  const [row] = home.gateway.table.rows(home.clock.now())
  if (row === undefined) throw new Error('no row')
  // Another program took it over with a nonce of its own.
  home.gateway.table.put({ ...row, nonce: 'other', endsAt: home.clock.now() + HOUR }, home.clock.now())
  await home.clock.advance(0.9 * HOUR)
  expect(lease.state.status).toBe('mapped')
  await home.clock.advance(0.3 * HOUR)
  expect(lease.state.status).toBe('mapped')
  expect(home.gateway.table.rows(home.clock.now())).toHaveLength(1)
  await closed(home)
})

test('another host stole the port while the gateway had forgotten it: the new port is told', async () => {
  for (const script of [{ pcp: true }, { natPmp: true }, { igd: {} }, { igd: { version: 2 } }] as const) {
    const home = await virtualHome(script)
    const { lease } = await mapped(home)
    home.gateway.reboot()
    const thief = { transport: 'udp', externalPort: 4000, client: '192.168.1.66', internalPort: 9 } as const
    home.gateway.table.put({ ...thief, endsAt: Number.POSITIVE_INFINITY }, home.clock.now())
    await home.clock.advance(HOUR)
    expect(mappingOf(lease).external.port).not.toBe(4000)
    expect(home.gateway.table.of('udp', HOME.client, 4000, home.clock.now())?.externalPort).toBe(
      mappingOf(lease).external.port,
    )
    await closed(home)
  }
})

test('close ends within a second when the gateway has gone, for all leases at once', async () => {
  for (const script of [{ pcp: true }, { natPmp: true }, { igd: {} }] as const) {
    const home = await virtualHome(script)
    for (let port = 4000; port < 4005; port++) await mapped(home, port)
    home.gateway.script.silentUntil = Number.POSITIVE_INFINITY
    home.gateway.script.igd = { ...home.gateway.script.igd, delayMs: 60_000 }
    const { elapsedMs } = await home.settle(home.mapper.close())
    expect(elapsedMs).toBeLessThanOrEqual(1001)
  }
})

test('close while a gateway is being asked leaves nothing there', async () => {
  for (const script of [{ pcp: true }, { natPmp: true }] as const) {
    const home = await virtualHome(script)
    const pending = home.mapper.mapPort({ port: 4000, protocol: 'udp', interface: home.nic })
    await home.clock.advance(1)
    await home.settle(home.mapper.close())
    await home.settle(pending)
    expect(home.gateway.table.rows(home.clock.now())).toHaveLength(0)
    await closed(home)
  }
})

test('an aborted call ends its lease', async () => {
  const home = await virtualHome({ pcp: true })
  const controller = new AbortController()
  const request = { port: 4000, protocol: 'udp', interface: home.nic, signal: controller.signal } as const
  const { value: lease } = await home.settle(home.mapper.mapPort(request))
  controller.abort()
  await home.clock.advance(100)
  expect(lease.state.status).toBe('closed')
  expect(home.gateway.table.rows(home.clock.now())).toHaveLength(0)
  await expect(home.mapper.mapPort(request)).rejects.toBeDefined()
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
  expect(home.gateway.count('nat-pmp address')).toBe(1)
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

test('after a crash the mappings are found again under the old nonces, and leftovers are released', async () => {
  for (const script of [{ pcp: true }, { natPmp: true }, { igd: {} }] as const) {
    let kept: readonly SavedLease[] = []
    const store: LeaseStore = {
      load: () => Promise.resolve(kept),
      save: (leases) => {
        kept = leases
        return Promise.resolve()
      },
    }
    const home = await virtualHome(script, { store })
    await mapped(home, 4000)
    await mapped(home, 4001)
    const before = home.gateway.table.rows(home.clock.now())
    // The first mapper is never closed: it crashed.
    const { value: second } = await home.settle(openPortMapper(home.ports, { store }))
    const again = await home.settle(second.mapPort({ port: 4000, protocol: 'udp', interface: home.nic }))
    expect(mappingOf(again.value).external.port).toBe(4000)
    const after = home.gateway.table.rows(home.clock.now())
    expect(after.map(({ externalPort, nonce }) => [externalPort, nonce]).toSorted()).toEqual(
      before.map(({ externalPort, nonce }) => [externalPort, nonce]).toSorted(),
    )
    expect((await home.settle(second.releaseLeftovers([home.nic]))).value).toBe(1)
    expect(home.gateway.table.rows(home.clock.now()).map(({ internalPort }) => internalPort)).toEqual([4000])
    await home.settle(second.close())
    expect(kept).toEqual([])
  }
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

test('a port in use for announcements is no obstacle', async () => {
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
  await home.settle(gateway6.close())
  await closed(home)
})

test('leaks: sockets and timers return to nothing, mapped or not', async () => {
  for (const script of [{}, { pcp: true }, { natPmp: true }, { igd: {} }, { pcp: 12, natPmp: 3 }] as const) {
    const home = await virtualHome(script)
    await mapped(home)
    await closed(home)
  }
})

test('bad arguments are refused', async () => {
  const home = await virtualHome({})
  const bad = [
    { port: 0, protocol: 'udp', interface: home.nic },
    { port: 70_000, protocol: 'udp', interface: home.nic },
    { port: 1, protocol: 'udp', interface: { ...home.nic, addresses: [] } },
  ] as const
  for (const request of bad) await expect(home.mapper.mapPort(request)).rejects.toBeDefined()
  await closed(home)
  await expect(home.mapper.mapPort({ port: 1, protocol: 'udp', interface: home.nic })).rejects.toMatchObject({
    code: 'PORTMAP_CLOSED',
  })
})

test('a lan of its own has no gateway: nothing is sent to others', async () => {
  const home = await virtualHome({ pcp: true })
  await mapped(home)
  const asked = new Set(home.lan.sent.map(({ to }) => to.ip))
  expect([...asked].toSorted()).toEqual([HOME.client, HOME.gateway, '239.255.255.250'].toSorted())
  expect(new MemoryLan(home.clock).open).toBe(0)
  await closed(home)
})
