import { describe, expect, test } from '@jest/globals'
import { diffInterfaces } from '@p2pd/netif'
import { testAddress, testNic } from '../testdata/nics.ts'

const gateway = (ip: string, metric = 0) => ({ family: 'IPv4' as const, ip, metric })
const viaIpv4 = { default: { IPv4: true, IPv6: false } }

describe('changes of interfaces', () => {
  test('nothing changed', () => {
    const nics = [
      testNic('eth0', ['192.168.1.5', 'fe80::5'], { gateways: [gateway('192.168.1.1')], ...viaIpv4 }),
    ]
    expect(diffInterfaces(nics, structuredClone(nics))).toEqual([])
  })

  test('an address is renewed', () => {
    expect(diffInterfaces([testNic('eth0', ['192.168.1.5'])], [testNic('eth0', ['192.168.1.6'])])).toEqual([
      { type: 'address-removed', interface: 'eth0', address: testAddress('192.168.1.5') },
      { type: 'address-added', interface: 'eth0', address: testAddress('192.168.1.6') },
    ])
  })

  test('a gateway comes, and changes its metric', () => {
    const [none, one, other] = [[], [gateway('192.168.1.1')], [gateway('192.168.1.1', 5)]].map((gateways) => [
      testNic('eth0', [], { gateways }),
    ])
    if (!none || !one || !other) throw new Error('unreachable')
    const change = { type: 'gateway-changed', interface: 'eth0', family: 'IPv4' }
    expect(diffInterfaces(none, one)).toEqual([{ ...change, before: [], after: [gateway('192.168.1.1')] }])
    expect(diffInterfaces(one, other)).toMatchObject([{ ...change, after: [{ metric: 5 }] }])
  })

  test('from cable to wifi: what is lost comes first, the default last', () => {
    const wired = testNic('eth0', ['192.168.1.5'], viaIpv4)
    const unplugged = testNic('eth0', [], { up: false })
    const wifiOff = testNic('wlan0', [], { up: false })
    const wifi = testNic('wlan0', ['192.168.7.5'], viaIpv4)
    const changes = diffInterfaces([wifiOff, wired], [wifi, unplugged])
    expect(changes.map(({ type }) => type)).toEqual([
      'address-removed',
      'down',
      'up',
      'address-added',
      'default-changed',
    ])
    expect(changes.at(-1)).toEqual({
      type: 'default-changed',
      family: 'IPv4',
      before: 'eth0',
      after: 'wlan0',
    })
  })

  test('a NIC comes and goes', () => {
    const vpn = testNic('tun0', ['10.8.0.6'])
    expect(diffInterfaces([], [vpn]).map(({ type }) => type)).toEqual(['up', 'address-added'])
    expect(diffInterfaces([vpn], []).map(({ type }) => type)).toEqual(['address-removed', 'down'])
  })

  test('the last default is lost', () => {
    const [before, after] = [testNic('eth0', [], viaIpv4), testNic('eth0', [])]
    expect(diffInterfaces([before], [after])).toEqual([
      { type: 'default-changed', family: 'IPv4', before: 'eth0', after: undefined },
    ])
  })
})
