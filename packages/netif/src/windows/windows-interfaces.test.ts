import { describe, expect, test } from '@jest/globals'
import type { Interface } from '@p2pd/netif'
import fc from 'fast-check'
import { publishable } from '../interfaces/publishable.ts'
import { parseWindowsSnapshot } from './powershell.ts'
import * as captured from './testdata/captures.ts'
import { windowsInterfaces } from './windows-interfaces.ts'

const parse = (text: string) => windowsInterfaces(parseWindowsSnapshot(text))
const named = (nics: readonly Interface[], name: string) => nics.find((nic) => nic.name === name)
const defaults = (nics: readonly Interface[]) =>
  (['IPv4', 'IPv6'] as const).map((family) => nics.find((nic) => nic.default[family])?.name)

describe('C1: NICs of a Windows machine', () => {
  test('German Windows: names as people know them, addresses with flags', () => {
    const nics = parse(captured.german)
    expect(named(nics, 'WLAN')).toEqual({
      name: 'WLAN',
      humanName: 'Intel(R) Wi-Fi 6 AX200 160MHz',
      index: 12,
      mac: '3c:07:54:00:00:01',
      mtu: 1500,
      up: true,
      type: 'wifi',
      addresses: [
        address('fe80::1c2b:3d4e:5f60:7a8b', 'link'),
        address('2001:db8:5:0:1c2b:3d4e:5f60:7a8b', 'global'),
        address('2001:db8:5::aaaa:bbbb', 'global', { temporary: true }),
        address('2001:db8:5::cccc:dddd', 'global', { temporary: true, deprecated: true }),
        { ...address('192.168.178.40', 'private'), family: 'IPv4', prefixLength: 24 },
      ],
      gateways: [
        { family: 'IPv4', ip: '192.168.178.1', metric: 50 },
        { family: 'IPv6', ip: 'fe80::211:22ff:fe33:4455', metric: 66 },
      ],
      default: { IPv4: true, IPv6: true },
    })
    expect(named(nics, 'Ethernet 2')).toMatchObject({ up: false, addresses: [], type: 'ethernet' })
  })

  test('loopback, Hyper-V’s switch and a modem are listed; inner ones are not published', () => {
    const nics = parse(captured.german)
    expect(nics.map(({ name, type, up }) => [name, type, up])).toEqual([
      ['Loopback Pseudo-Interface 1', 'loopback', true],
      ['Ethernet 2', 'ethernet', false],
      ['WLAN', 'wifi', true],
      ['Mobilfunk', 'mobile', false],
      ['vEthernet (Default Switch)', 'virtual', true],
    ])
    expect(named(nics, 'Mobilfunk')).not.toHaveProperty('mac')
    expect(nics.filter(publishable).map(({ name }) => name)).toEqual(['WLAN'])
  })

  test('of two default routes the lower sum of metrics wins', () => {
    const nics = parse(captured.twoDefaults)
    expect(defaults(nics)).toEqual(['Ethernet', undefined])
    expect(nics.map(({ gateways }) => gateways[0]?.metric)).toEqual([35, 45])
  })

  test('a VPN by halves, with enumerations as names and a name with a space', () => {
    const nics = parse(captured.vpnByNames)
    expect(defaults(nics)).toEqual(['my vpn', undefined])
    expect(named(nics, 'my vpn')).toMatchObject({ type: 'vpn', gateways: [], up: true })
    expect(named(nics, 'Ethernet')?.addresses).toMatchObject([
      { ip: '10.0.0.5', deprecated: false },
      { ip: '2001:db8::77', temporary: true, deprecated: true },
    ])
  })

  test('no network; a byte order mark; no PowerShell', () => {
    expect(parse(`\uFEFF${captured.offline}\r\n`).map(({ type }) => type)).toEqual(['loopback'])
    expect(parse('')).toEqual([])
  })

  test('any JSON is parsed to something', () => {
    const row = fc.dictionary(
      fc.constantFrom('ifIndex', 'InterfaceIndex', 'Name', 'IPAddress', 'NextHop'),
      fc.jsonValue(),
    )
    const tables = fc.dictionary(
      fc.constantFrom('adapters', 'addresses', 'routes', 'interfaces'),
      fc.array(row),
    )
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), tables), (value) => {
        expect(Array.isArray(parse(JSON.stringify(value)))).toBe(true)
      }),
    )
  })
})

function address(ip: string, scope: string, flags: { temporary?: boolean; deprecated?: boolean } = {}) {
  return { family: 'IPv6', ip, prefixLength: 64, scope, temporary: false, deprecated: false, ...flags }
}
