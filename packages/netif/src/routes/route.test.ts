import { describe, expect, test } from '@jest/globals'
import { groupRoutes, type Interface, interfaceRoutes } from '@p2pd/netif'
import fc from 'fast-check'

const PRIVATE = ['10.0.0.1', '10.0.0.2', '192.168.1.7']

describe('C3: routes group the addresses that share an external address', () => {
  test('three private addresses and a public block give two routes', () => {
    expect(groupRoutes([...PRIVATE, '198.51.100.0/24'], { '10.0.0.1': ['203.0.113.5'] })).toEqual([
      { family: 'IPv4', nicAddresses: PRIVATE, externalAddresses: ['203.0.113.5'] },
      { family: 'IPv4', nicAddresses: ['198.51.100.0/24'], externalAddresses: ['198.51.100.0/24'] },
    ])
    expect(groupRoutes([...PRIVATE, '198.51.100.0/24'])).toHaveLength(2)
  })

  test('each global IPv6 address is a route with all link-locals', () => {
    const links = ['fe80::1', 'fe80::2']
    expect(groupRoutes([...links, '2001:db8::1', '2001:db8::2'])).toEqual([
      { family: 'IPv6', nicAddresses: ['2001:db8::1', ...links], externalAddresses: ['2001:db8::1'] },
      { family: 'IPv6', nicAddresses: ['2001:db8::2', ...links], externalAddresses: ['2001:db8::2'] },
    ])
  })

  test('private addresses behind two NATs are two routes; one not looked at is a third', () => {
    const externals = { '10.0.0.1': ['203.0.113.5'], '10.0.0.2': ['203.0.113.6'] }
    expect(groupRoutes(PRIVATE, externals).map(({ externalAddresses }) => externalAddresses)).toEqual([
      ['203.0.113.5'],
      ['203.0.113.6'],
      [],
    ])
  })

  test('a pool of external addresses is one route, in whatever order it was seen', () => {
    const externals = {
      '10.0.0.1': ['203.0.113.5', '203.0.113.6'],
      '10.0.0.2': ['203.0.113.6', '203.0.113.5'],
    }
    const [route, ...others] = groupRoutes(PRIVATE, externals)
    expect(others).toEqual([])
    expect(route).toMatchObject({ nicAddresses: PRIVATE, externalAddresses: ['203.0.113.5', '203.0.113.6'] })
  })

  test('unique local addresses do not count as external until one was seen; loopback never is', () => {
    expect(groupRoutes(['127.0.0.1', '::1', 'fd00::1'])).toEqual([
      { family: 'IPv6', nicAddresses: ['fd00::1'], externalAddresses: [] },
    ])
    expect(groupRoutes(['fd00::1'], { 'fd00::1': ['2001:db8::9'] })[0]?.externalAddresses).toEqual([
      '2001:db8::9',
    ])
  })
})

describe('C2: a NIC as data', () => {
  const address = (ip: string, scope: 'link' | 'private' | 'global', deprecated = false) => ({
    family: ip.includes(':') ? ('IPv6' as const) : ('IPv4' as const),
    ip,
    prefixLength: 64,
    scope,
    temporary: false,
    deprecated,
  })
  const nic: Interface = {
    name: 'Ethernet 2',
    humanName: 'Realtek PCIe GbE',
    index: 7,
    mac: '02:00:00:00:00:01',
    mtu: 1500,
    up: true,
    type: 'ethernet',
    addresses: [
      address('192.168.1.5', 'private'),
      address('2001:db8::5', 'global'),
      address('2001:db8::dead', 'global', true),
      address('fe80::5', 'link'),
    ],
    gateways: [{ family: 'IPv4', ip: '192.168.1.1', metric: 25 }],
    default: { IPv4: true, IPv6: false },
  }

  test('a NIC’s record survives JSON and gives equal routes', () => {
    const again = JSON.parse(JSON.stringify(nic)) as Interface
    const externals = { '192.168.1.5': ['203.0.113.5'] }
    expect(again).toEqual(nic)
    expect(interfaceRoutes(again, externals)).toEqual(interfaceRoutes(nic, externals))
    expect(interfaceRoutes(nic, externals)).toEqual([
      { family: 'IPv4', nicAddresses: ['192.168.1.5'], externalAddresses: ['203.0.113.5'] },
      { family: 'IPv6', nicAddresses: ['2001:db8::5', 'fe80::5'], externalAddresses: ['2001:db8::5'] },
    ])
  })

  test('routes survive JSON', () => {
    const routes = interfaceRoutes(nic)
    expect(JSON.parse(JSON.stringify(routes))).toEqual(routes)
  })
})

test('properties: every address beyond the host is in a route, and no external set is in two', () => {
  const ip = fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom(...PRIVATE, 'fe80::1', 'fd00::1', '127.0.0.1'))
  const seen = fc.dictionary(
    fc.constantFrom(...PRIVATE),
    fc.uniqueArray(fc.ipV4(), { minLength: 1, maxLength: 3 }),
  )
  fc.assert(
    fc.property(fc.uniqueArray(ip, { maxLength: 12 }), seen, (addresses, externals) => {
      const routes = groupRoutes(addresses, externals)
      const keys = routes.map(
        ({ family, externalAddresses }) => `${family} ${externalAddresses.toSorted().join()}`,
      )
      expect(new Set(keys).size).toBe(keys.length)
      for (const { family, nicAddresses } of routes) {
        expect(nicAddresses.length).toBeGreaterThan(0)
        expect(nicAddresses.every((one) => one.includes(':') === (family === 'IPv6'))).toBe(true)
      }
      const held = new Set(routes.flatMap(({ nicAddresses }) => nicAddresses))
      for (const own of PRIVATE.filter((one) => addresses.includes(one))) expect(held.has(own)).toBe(true)
    }),
  )
})
