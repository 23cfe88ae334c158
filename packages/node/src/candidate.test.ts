import { expect, test } from '@jest/globals'
import type { Interface, InterfaceAddress } from '@p2pd/netif'
import { type Candidate, dialable, type PathChoice, hostCandidates } from './candidate.ts'

const address = (ip: string, scope: InterfaceAddress['scope'], deprecated = false): InterfaceAddress => ({
  family: ip.includes(':') ? 'IPv6' : 'IPv4',
  ip,
  prefixLength: ip.includes(':') ? 64 : 24,
  scope,
  temporary: false,
  deprecated,
})

const nic = (name: string, addresses: InterfaceAddress[], up = true): Interface => ({
  name,
  humanName: name,
  index: 1,
  mtu: 1500,
  up,
  type: 'ethernet',
  addresses,
  gateways: [],
  default: { IPv4: true, IPv6: false },
})

const loopback = { ...nic('lo', [address('127.0.0.1', 'host')]), type: 'loopback' as const }
const docker = {
  ...nic('docker0', [address('172.17.0.1', 'private')]),
  type: 'bridge' as const,
  default: { IPv4: false, IPv6: false },
}
const ethernet = nic('eth0', [
  address('192.168.1.5', 'private'),
  address('fe80::1', 'link'),
  address('2001:db8::5', 'global'),
  address('2001:db8::6', 'global', true),
])
const host = (ip: string): Candidate => ({ kind: 'host', ip, port: 4000 })

test("offers far-reaching addresses first, loopback last, link-local, deprecated and containers' ones never", () => {
  const ips = hostCandidates(
    [loopback, docker, ethernet, nic('eth1', [address('10.0.0.1', 'private')], false)],
    4000,
  )
  expect(ips).toEqual([host('2001:db8::5'), host('192.168.1.5'), host('127.0.0.1')])
})

test("dials a peer's loopback only when it seems to be on this host", () => {
  const peer = [host('192.168.1.9'), host('127.0.0.1')]
  expect(dialable(peer, [loopback, ethernet])).toEqual([host('192.168.1.9')])
  const neighbour = [host('192.168.1.5'), host('127.0.0.1')]
  expect(dialable(neighbour, [loopback, ethernet])).toEqual(neighbour)
  expect(dialable([host('127.0.0.1')], [loopback])).toEqual([host('127.0.0.1')])
})

test('leaves out families that this host lacks', () => {
  expect(dialable([host('2001:db8::9'), host('192.0.2.1')], [loopback])).toEqual([host('192.0.2.1')])
})

test('A11: keeps to the families, their order and the reach that are asked for', () => {
  const global6 = nic('eth0', [address('2001:db8::5', 'global'), address('192.168.1.5', 'private')])
  const peer = [host('2a00::9'), host('192.168.1.9'), host('5.5.5.9'), host('fd00::9')]
  const ips = (choice: PathChoice) => dialable(peer, [global6], choice).map(({ ip }) => ip)
  expect(ips({})).toEqual(['2a00::9', '192.168.1.9', '5.5.5.9', 'fd00::9'])
  expect(ips({ families: ['IPv4', 'IPv6'] })).toEqual(['192.168.1.9', '5.5.5.9', '2a00::9', 'fd00::9'])
  expect(ips({ families: ['IPv6'] })).toEqual(['2a00::9', 'fd00::9'])
  expect(ips({ reach: 'lan' })).toEqual(['192.168.1.9', 'fd00::9'])
  expect(ips({ reach: 'external', families: ['IPv4'] })).toEqual(['5.5.5.9'])
})
