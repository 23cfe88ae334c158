import { describe, expect, test } from '@jest/globals'
import type { Interface } from '@p2pd/netif'
import fc from 'fast-check'
import { publishable } from '../interfaces/publishable.ts'
import { parseNetstatRoutes } from './netstat-routes.ts'
import { macosInterfaces } from './macos-interfaces.ts'
import * as captured from './testdata/captures.ts'

const named = (nics: readonly Interface[], name: string) => nics.find((nic) => nic.name === name)
const defaults = (nics: readonly Interface[]) =>
  (['IPv4', 'IPv6'] as const).map((family) => nics.find((nic) => nic.default[family])?.name)

describe('C1: NICs of a Mac', () => {
  test('wired and wifi at once', () => {
    const nics = macosInterfaces(captured.sonoma)
    expect(defaults(nics)).toEqual(['en0', 'en0'])
    expect(named(nics, 'en0')).toEqual({
      name: 'en0',
      humanName: 'Ethernet',
      index: 6,
      mac: '3c:07:54:00:00:01',
      mtu: 1500,
      up: true,
      type: 'ethernet',
      addresses: [
        address('fe80::10f1:aaaa:bbbb:1', 64, 'link'),
        address('2001:db8:5:0:1c:aaaa:bbbb:1', 64, 'global'),
        address('2001:db8:5::dead:beef', 64, 'global', { temporary: true, deprecated: true }),
        address('2001:db8:5::1234:5678', 64, 'global', { temporary: true }),
        { ...address('192.168.5.20', 24, 'private'), family: 'IPv4' },
        { ...address('192.168.5.21', 24, 'private'), family: 'IPv4' },
      ],
      gateways: [
        { family: 'IPv4', ip: '192.168.5.1', metric: 0 },
        { family: 'IPv6', ip: 'fe80::211:22ff:fe33:4455', metric: expect.any(Number) },
      ],
      default: { IPv4: true, IPv6: true },
    })
    expect(named(nics, 'en1')).toMatchObject({ humanName: 'Wi-Fi', type: 'wifi', up: true })
    expect(named(nics, 'en1')?.gateways).toMatchObject([{ ip: '192.168.5.1' }])
  })

  test('a phone, a bridge, a tunnel and Apple’s own NICs are listed with their types', () => {
    const nics = macosInterfaces(captured.sonoma)
    expect(nics.map(({ name, index, type, up }) => [name, index, type, up])).toEqual([
      ['lo0', 1, 'loopback', true],
      ['gif0', 2, 'vpn', false],
      ['stf0', 3, 'vpn', false],
      ['anpi0', 5, 'virtual', false],
      ['en0', 6, 'ethernet', true],
      ['en1', 7, 'wifi', true],
      ['bridge0', 10, 'bridge', false],
      ['awdl0', 11, 'virtual', true],
      ['utun0', 12, 'vpn', true],
      ['en8', 14, 'mobile', false],
    ])
    expect(nics.filter(publishable).map(({ name }) => name)).toEqual(['en0', 'en1', 'utun0'])
  })

  test('a VPN that takes everything by halves is the default for both families', () => {
    const nics = macosInterfaces(captured.sonomaVpn)
    expect(defaults(nics)).toEqual(['utun4', 'utun4'])
    expect(named(nics, 'utun4')).toMatchObject({ type: 'vpn', gateways: [] })
    expect(named(nics, 'utun4')?.addresses).toEqual([
      { ...address('10.66.0.2', 32, 'private'), family: 'IPv4' },
      address('fd66::2', 128, 'private'),
    ])
  })

  test('old columns, a point-to-point link, rejecting routes', () => {
    const nics = macosInterfaces(captured.highSierra)
    expect(defaults(nics)).toEqual(['ppp0', undefined])
    expect(named(nics, 'ppp0')).toMatchObject({ type: 'vpn', gateways: [{ ip: '10.64.64.64' }] })
    expect(named(nics, 'en0')).toMatchObject({ up: false, type: 'ethernet' })
    const reject = parseNetstatRoutes(captured.highSierra.routes).find(
      (route) => route.destination === '192.168.7.0',
    )
    expect(reject).toBeUndefined()
  })

  test('no network', () => {
    const nics = macosInterfaces(captured.offline)
    expect(defaults(nics)).toEqual([undefined, undefined])
    expect(nics.map(({ name }) => name)).toEqual(['lo0'])
  })

  test('any text is parsed to something', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (ifconfig, routes) => {
        const noise = {
          ifconfig,
          routes: `${captured.sonoma.routes}${routes}`,
          links: routes,
          hardwarePorts: ifconfig,
        }
        expect(Array.isArray(macosInterfaces(noise))).toBe(true)
      }),
    )
  })
})

function address(
  ip: string,
  prefixLength: number,
  scope: string,
  flags: { temporary?: boolean; deprecated?: boolean } = {},
) {
  return { family: 'IPv6', ip, prefixLength, scope, temporary: false, deprecated: false, ...flags }
}
