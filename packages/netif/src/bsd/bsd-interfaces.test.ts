import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Interface } from '@p2pd/netif'
import { publishable } from '../interfaces/publishable.ts'
import { bsdInterfaces } from './bsd-interfaces.ts'
import * as captured from './testdata/captures.ts'

const summary = (nics: readonly Interface[]) =>
  nics.map(({ name, index, type, up }) => [name, index, type, up])
const defaults = (nics: readonly Interface[]) =>
  (['IPv4', 'IPv6'] as const).map((family) => nics.find((nic) => nic.default[family])?.name)
const ips = (nics: readonly Interface[], name: string) =>
  nics.find((nic) => nic.name === name)?.addresses.map(({ ip, prefixLength }) => `${ip}/${prefixLength}`)

describe('C1: NICs of the BSDs', () => {
  test('FreeBSD 14: aliases, CARP, temporary addresses, a bridge of jails, WireGuard', () => {
    const nics = bsdInterfaces(captured.freebsd14)
    expect(summary(nics)).toEqual([
      ['re0', 1, 'ethernet', true],
      ['lo0', 2, 'loopback', true],
      ['re0bridge', 3, 'bridge', true],
      ['wg0', 4, 'vpn', true],
    ])
    expect(defaults(nics)).toEqual(['re0', 're0'])
    expect(nics[0]).toMatchObject({
      mac: '40:8d:5c:58:c5:f6',
      mtu: 1500,
      gateways: [
        { family: 'IPv4', ip: '192.168.1.1' },
        { family: 'IPv6', ip: 'fe80::1' },
      ],
    })
    expect(ips(nics, 're0')).toEqual([
      '192.168.1.239/24',
      '192.168.1.250/32',
      'fe80::428d:5cff:fe58:c5f6/64',
      '2001:db8:892:2010:428d:5cff:fe58:c5f6/64',
      '2001:db8:892:2010:1111:2222:3333:4444/64',
      'fd1f:71ae:fb88:10:428d:5cff:fe58:c5f6/64',
    ])
    expect(nics[0]?.addresses[4]).toMatchObject({ temporary: true, deprecated: true })
    expect(nics.filter(publishable).map(({ name }) => name)).toEqual(['re0', 'wg0'])
  })

  test('FreeBSD 11: no IPv6, columns of that time', () => {
    const nics = bsdInterfaces(captured.freebsd11)
    expect(summary(nics).map(([name, , type]) => [name, type])).toEqual([
      ['igb0', 'ethernet'],
      ['lo0', 'loopback'],
      ['bridge0', 'bridge'],
    ])
    expect(defaults(nics)).toEqual(['igb0', undefined])
    expect(ips(nics, 'igb0')).toEqual(['192.168.3.2/24'])
  })

  test('OpenBSD 7: indexes of its own, point-to-point IPv6, CARP as a NIC, priorities as metrics', () => {
    const nics = bsdInterfaces(captured.openbsd7)
    expect(summary(nics)).toEqual([
      ['vio0', 1, 'ethernet', true],
      ['enc0', 2, 'vpn', false],
      ['lo0', 3, 'loopback', true],
      ['pflog0', 4, 'virtual', true],
      ['wg0', 5, 'vpn', true],
      ['pppoe0', 6, 'vpn', true],
      ['carp0', 7, 'ethernet', true],
    ])
    expect(defaults(nics)).toEqual(['vio0', 'pppoe0'])
    expect(nics[0]?.gateways).toEqual([{ family: 'IPv4', ip: '10.0.2.1', metric: 8 }])
    expect(ips(nics, 'pppoe0')).toEqual(['fe80::5054:ff:fe12:3457/64', '2001:db8:586::2/64'])
  })

  test('NetBSD 9: lengths behind addresses, flags in brackets; tentative and detached addresses are left out', () => {
    const nics = bsdInterfaces(captured.netbsd9)
    expect(summary(nics)).toEqual([
      ['vioif0', 1, 'ethernet', true],
      ['lo0', 2, 'loopback', true],
      ['tun0', 3, 'vpn', false],
    ])
    expect(defaults(nics)).toEqual(['vioif0', 'vioif0'])
    expect(nics[0]?.mac).toBe('00:a0:98:e6:83:18')
    expect(ips(nics, 'vioif0')).toEqual([
      '192.168.1.80/24',
      'fe80::2a0:98ff:fee6:8318/64',
      '2001:db8:8bc:dda0:364e:fd36:9aea:b84b/64',
    ])
    expect(ips(nics, 'tun0')).toEqual([])
  })

  test('any text gives some NICs, and no error', () => {
    const { ifconfig, routes } = captured.openbsd7
    const cut = fc.nat(Math.max(ifconfig.length, routes.length))
    fc.assert(
      fc.property(cut, cut, fc.string(), (a, b, noise) => {
        const mixed = (text: string) => text.slice(0, a) + noise + text.slice(b)
        return Array.isArray(bsdInterfaces({ ifconfig: mixed(ifconfig), routes: mixed(routes) }))
      }),
    )
  })
})
