import { expect, test } from '@jest/globals'
import type { InterfaceAddress } from '@p2pd/netif'
import { mappableAddresses } from '../lease/mappable-addresses.ts'
import {
  closed,
  HOME,
  homeNic,
  type IgdScript,
  mappingOf,
  ScriptedGateway,
  virtualHome,
} from '../testing/index.ts'

const GUA = '2001:db8:1::5'
const ROUTER = '2001:db8:1::1'
const HOUR = 3_600_000

const address = (ip: string, more: Partial<InterfaceAddress> = {}): InterfaceAddress => ({
  family: 'IPv6',
  ip,
  prefixLength: 64,
  scope: 'global',
  temporary: false,
  deprecated: false,
  ...more,
})

/** A client with IPv6, and a gateway that opens its firewall by UPnP. */
async function withFirewall(igd: IgdScript, pcp = false) {
  const home = await virtualHome({})
  const place = { network: home.lan.host('router', [ROUTER]), clock: home.clock, ip: ROUTER }
  const services = [{ name: 'WANIPv6FirewallControl', version: 1 }]
  const firewall = new ScriptedGateway(place, { pcp, igd: { services, ...igd } })
  await home.settle(firewall.start())
  const nic = homeNic([HOME.gateway, ROUTER], [address(GUA)])
  const asked = home.mapper.mapPort({ port: 4000, protocol: 'udp', interface: nic, address: GUA })
  const { value: lease } = await home.settle(asked)
  const rows = () => firewall.table.rows(home.clock.now())
  const end = async () => {
    await home.settle(home.mapper.close())
    expect(rows()).toEqual([])
    await home.settle(firewall.close())
    await closed(home)
  }
  return { home, firewall, lease, rows, end }
}

test('E1: a pinhole is opened with the arguments of the standard, kept for a day under one id, and closed', async () => {
  let asked: ReadonlyMap<string, string> = new Map()
  const error = (action: string, args: ReadonlyMap<string, string>) => {
    if (action === 'AddPinhole') asked = new Map(args)
    return undefined
  }
  const { home, firewall, lease, rows, end } = await withFirewall({ error })
  expect(mappingOf(lease)).toMatchObject({
    protocol: 'upnp-pinhole',
    external: { ip: GUA, port: 4000 },
    publishable: true,
  })
  expect(Object.fromEntries(asked)).toEqual({
    RemoteHost: '',
    RemotePort: '0',
    InternalClient: GUA,
    InternalPort: '4000',
    Protocol: '17',
    LeaseTime: '3600',
  })
  for (let hour = 0; hour < 24; hour++) {
    await home.clock.advance(HOUR)
    expect(rows()).toHaveLength(1)
  }
  expect(firewall.count('AddPinhole')).toBe(1)
  expect(firewall.count('UpdatePinhole')).toBeGreaterThan(24)
  await end()
})

test('a gateway that has forgotten the pinhole gets a new one at the next renewal', async () => {
  const { home, firewall, rows, end } = await withFirewall({})
  firewall.igd?.forgetPinholes()
  expect(rows()).toEqual([])
  await home.clock.advance(HOUR)
  expect(rows()).toHaveLength(1)
  await end()
})

test('a gateway that allows no pinholes says so, and is not asked for one', async () => {
  const { home, firewall, lease, end } = await withFirewall({ pinholeAllowed: false })
  await home.clock.advance(10_000)
  expect(lease.state).toMatchObject({
    status: 'unmapped',
    failed: expect.arrayContaining([
      expect.objectContaining({
        protocol: 'upnp-pinhole',
        outcome: 'not-authorized',
        reason: 'the gateway does not allow inbound pinholes',
      }),
    ]),
  })
  expect(firewall.count('AddPinhole')).toBe(0)
  await end()
})

test('PCP opens the firewall, and UPnP is discovered beside it: to end the opening may need it, within a second', async () => {
  const { home, firewall, lease, end } = await withFirewall({}, true)
  expect(mappingOf(lease).protocol).toBe('pcp')
  await home.clock.advance(1000)
  expect(firewall.count('GET /root.xml')).toBe(1)
  await end()
})

test('temporary addresses come last; unique local, link-local and deprecated ones are not mapped', () => {
  const nic = homeNic(
    [],
    [
      address('2001:db8:1::7', { temporary: true }),
      address('fd00::5', { scope: 'private' }),
      address('fe80::5', { scope: 'link' }),
      address('2001:db8:1::9', { deprecated: true }),
      address(GUA),
    ],
  )
  expect(mappableAddresses(nic)).toEqual([HOME.client, GUA, '2001:db8:1::7'])
})
