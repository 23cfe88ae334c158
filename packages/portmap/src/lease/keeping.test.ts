import { expect, test } from '@jest/globals'
import type { LeaseState } from '../lease.ts'
import { openPortMapper } from '../port-mapper.ts'
import { closed, HOME, homeNic, mapped, mappingOf, virtualHome } from '../testing/index.ts'

const HOUR = 3_600_000

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
] as const)('E1: %s is kept for a week without a gap, renewed at half', async (_name, script) => {
  const days = 7
  const home = await virtualHome(script)
  const { lease } = await mapped(home)
  await mapped(home, 4001, 'tcp')
  const states: LeaseState[] = []
  lease.onChange((state) => states.push(state))
  for (let hour = 0; hour < days * 24; hour++) {
    await home.clock.advance(HOUR)
    expect(home.gateway.table.rows(home.clock.now())).toHaveLength(2)
  }
  const renewals = states.length
  // From 1/2 to 5/8 of an hour each.
  expect(renewals).toBeGreaterThanOrEqual((days * 24 * 8) / 5 - 1)
  expect(renewals).toBeLessThanOrEqual(days * 24 * 2 + 1)
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

test('a lease hears of a restart after another address of its NIC has gone', async () => {
  const home = await virtualHome({ natPmp: true })
  const ip = '192.168.1.6'
  const [address] = home.nic.addresses
  const nic = homeNic([HOME.gateway], address && [{ ...address, ip }])
  const network = home.lan.host('client', [HOME.client, ip], [nic])
  const ports = { network, clock: home.clock, random: home.ports.random }
  const { value: mapper } = await home.settle(openPortMapper(ports))
  const map = (more: object) =>
    home.settle(mapper.mapPort({ port: 4000, protocol: 'udp', interface: nic, ...more }))
  await map({})
  await map({ address: ip, port: 4001 })
  mapper.networkChanged([home.nic])
  home.gateway.reboot({ announce: true })
  await home.clock.advance(6000)
  const rows = home.gateway.table.rows(home.clock.now())
  expect(rows).toMatchObject([{ client: HOME.client, internalPort: 4000 }])
  await home.settle(mapper.close())
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

test('a flood of announcements costs at most two rounds of requests a minute', async () => {
  const home = await virtualHome({ pcp: true })
  await mapped(home)
  const before = home.lan.sent.length
  const minutes = 10
  for (let half = 0; half < minutes * 120; half++) {
    home.gateway.reboot({ announce: true })
    await home.clock.advance(500)
  }
  // Each is one request, one answer, and what other protocols are asked beside it.
  const announcements = minutes * 120
  expect(home.lan.sent.length - before - announcements).toBeLessThan(minutes * 2 * 10)
  await home.clock.advance(60_000)
  home.gateway.reboot({ announce: true })
  await home.clock.advance(5500)
  expect(home.gateway.table.rows(home.clock.now())).toHaveLength(1)
  await closed(home)
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

test('an external address that changes is reported at the renewal', async () => {
  const home = await virtualHome({ igd: {} })
  const { lease } = await mapped(home)
  home.gateway.script.externalIp = '203.0.113.99'
  await home.clock.advance(HOUR)
  expect(mappingOf(lease).external.ip).toBe('203.0.113.99')
  await closed(home)
})

test('a lost renewal is asked for again before the end; expiry is reported; later it is mapped again', async () => {
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

test('another host stole the port while the gateway had forgotten it: the new port is reported', async () => {
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
