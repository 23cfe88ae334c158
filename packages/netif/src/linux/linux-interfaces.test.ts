import { describe, expect, test } from '@jest/globals'
import type { Interface } from '@p2pd/netif'
import { publishable } from '../interfaces/publishable.ts'
import { linuxInterfaces } from './linux-interfaces.ts'
import * as captured from './testdata/snapshots.ts'

const named = (nics: readonly Interface[], name: string) => nics.find((nic) => nic.name === name)
const defaults = (nics: readonly Interface[]) =>
  (['IPv4', 'IPv6'] as const).map((family) => nics.find((nic) => nic.default[family])?.name)

describe('C1: NICs of a Linux machine', () => {
  test('a laptop on wifi, its cable out', () => {
    const nics = linuxInterfaces(captured.laptop)
    expect(nics.map(({ name }) => name)).toEqual(['lo', 'enp3s0', 'wlp2s0'])
    expect(named(nics, 'enp3s0')).toMatchObject({ up: false, type: 'ethernet', addresses: [], gateways: [] })
    expect(named(nics, 'wlp2s0')).toEqual({
      name: 'wlp2s0',
      humanName: 'wlp2s0',
      index: 3,
      mac: '52:54:00:12:34:56',
      mtu: 1500,
      up: true,
      type: 'wifi',
      addresses: [
        captured.ipv4('192.168.1.23', 24),
        address('2001:db8:1:2:5054::1234', 'global', { temporary: true }),
        address('2001:db8:1:2:5054:ff:fe12:3456', 'global'),
        address('2001:db8:1:ffff:5054::9999', 'global', { temporary: true, deprecated: true }),
        address('fe80::5054:ff:fe12:3456', 'link'),
      ],
      gateways: [
        { family: 'IPv4', ip: '192.168.1.1', metric: 600 },
        { family: 'IPv6', ip: 'fe80::211:22ff:fe33:4455', metric: 600 },
      ],
      default: { IPv4: true, IPv6: true },
    })
    expect(named(nics, 'lo')).toMatchObject({ type: 'loopback', up: true, mtu: 65536 })
    expect(named(nics, 'lo')).not.toHaveProperty('mac')
  })

  test('a VPN that covers the default route with two halves is the default', () => {
    const nics = linuxInterfaces(captured.openvpn)
    expect(defaults(nics)).toEqual(['tun0', 'wlp2s0'])
    expect(named(nics, 'tun0')).toMatchObject({ type: 'vpn', gateways: [{ ip: '10.8.0.1' }] })
    expect(named(nics, 'tun0')).not.toHaveProperty('mac')
    expect(named(nics, 'wlp2s0')?.gateways[0]).toMatchObject({ ip: '192.168.1.1' })
  })

  test('a VPN in a routing table of its own is known by the kernel’s choice of source', () => {
    const nics = linuxInterfaces(captured.wireguard)
    expect(defaults(nics)).toEqual(['wg0', 'wlp2s0'])
    expect(named(nics, 'wg0')).toMatchObject({ type: 'vpn', gateways: [], up: true })
  })

  test('of two default routes the lower metric wins; a NIC may have several gateways and addresses', () => {
    const nics = linuxInterfaces(captured.twoDefaults)
    expect(defaults(nics)).toEqual(['enp3s0', undefined])
    expect(named(nics, 'enp3s0')?.gateways.map(({ ip, metric }) => [ip, metric])).toEqual([
      ['192.168.1.1', 100],
      ['192.168.1.2', 200],
    ])
    expect(named(nics, 'enp3s0')?.addresses.map(({ ip }) => ip)).toEqual(['192.168.1.23', '192.168.1.24'])
    expect(named(nics, 'wwan0')).toMatchObject({ type: 'mobile', up: true, gateways: [] })
  })

  test('the default NIC goes down: the other takes over', () => {
    const [lo, wired, mobile] = captured.twoDefaults.sysfs
    if (!lo || !wired || !mobile) throw new Error('unreachable')
    const unplugged = { ...wired, files: { ...wired.files, operstate: 'down\n' } }
    expect(defaults(linuxInterfaces({ ...captured.twoDefaults, sysfs: [lo, unplugged, mobile] }))[0]).toBe(
      'wwan0',
    )
  })

  test('IPv6 alone', () => {
    const nics = linuxInterfaces(captured.ipv6Only)
    expect(defaults(nics)).toEqual([undefined, 'ens3'])
    expect(named(nics, 'ens3')?.gateways).toEqual([{ family: 'IPv6', ip: 'fe80::1', metric: 1024 }])
  })

  test('no network, and a kernel without IPv6', () => {
    const nics = linuxInterfaces(captured.noNetwork)
    expect(nics).toHaveLength(1)
    expect(nics[0]).toMatchObject({ name: 'lo', up: false, addresses: [] })
  })

  test('a point-to-point link is the default without a gateway', () => {
    const nics = linuxInterfaces(captured.pointToPoint)
    expect(defaults(nics)).toEqual(['ppp0', undefined])
    expect(named(nics, 'ppp0')).toMatchObject({ type: 'vpn', gateways: [], mtu: 1492 })
    expect(named(nics, 'ppp0')?.addresses).toMatchObject([{ ip: '203.0.113.77', prefixLength: 32 }])
  })

  test('bonds, VLANs, bridges, veth pairs and TAP devices are listed', () => {
    const nics = linuxInterfaces(captured.containerHost)
    expect(nics.map(({ name, type }) => [name, type])).toEqual([
      ['lo', 'loopback'],
      ['eno1', 'ethernet'],
      ['bond0', 'ethernet'],
      ['docker0', 'bridge'],
      ['veth1a2b3c4', 'virtual'],
      ['vnet0', 'virtual'],
      ['bond0.20', 'ethernet'],
    ])
  })

  test('docker and veth are not published by default; a container’s own veth is', () => {
    const host = linuxInterfaces(captured.containerHost).filter(publishable)
    expect(host.map(({ name }) => name)).toEqual(['bond0', 'bond0.20'])
    const inside = linuxInterfaces(captured.container).filter(publishable)
    expect(inside.map(({ name, type }) => [name, type])).toEqual([['eth0', 'virtual']])
  })

  test('without sysfs the NICs are those that have addresses', () => {
    const nics = linuxInterfaces({ ...captured.laptop, sysfs: [] })
    expect(nics.map(({ name, index, type }) => [name, index, type])).toEqual([
      ['lo', 1, 'loopback'],
      ['wlp2s0', 3, 'ethernet'],
    ])
    expect(defaults(nics)).toEqual(['wlp2s0', 'wlp2s0'])
  })
})

function address(ip: string, scope: string, flags: { temporary?: boolean; deprecated?: boolean } = {}) {
  return { family: 'IPv6', ip, prefixLength: 64, scope, temporary: false, deprecated: false, ...flags }
}
