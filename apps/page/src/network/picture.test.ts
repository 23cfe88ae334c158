import { expect, test } from '@jest/globals'
import type { InterfaceNat, NetworkInterface, Pipe } from '@p2pd/client'
import { ipOf, pictureOf } from './picture.ts'

const nic = (name: string, ips: string[], gateways: string[], type = 'ethernet'): NetworkInterface => ({
  name,
  humanName: name,
  index: 1,
  up: true,
  type,
  addresses: ips.map((ip) => ({ ip })),
  gateways: gateways.map((ip) => ({ ip })),
})
const pipe = (local: string, remote: string, strategy: Pipe['strategy'] = 'direct') =>
  ({ name: `${local} ${remote}`, local, remote, strategy }) as Pipe
const nat = (name: string, type: string, protocol: string) =>
  ({
    interface: name,
    family: 'IPv4',
    protocol,
    report: { type, delta: { type: 'equal', value: 0 }, externalAddresses: ['203.0.113.5'], confidence: 1 },
  }) as unknown as InterfaceNat

const network = {
  interfaces: [
    nic('lo', ['127.0.0.1', '::1'], [], 'loopback'),
    nic('docker0', ['172.17.0.1'], [], 'bridge'),
    nic('eth0', ['fe80::1', '192.168.1.5'], ['192.168.1.1']),
    nic('wlan0', ['192.168.2.5'], []),
  ],
  nats: [nat('eth0', 'full-cone', 'udp'), nat('eth0', 'symmetric', 'tcp')],
  brokers: [{ url: 'mqtt://b', state: 'up', localAddress: '192.168.2.5' }],
}

test('NICs with a gateway, a NAT or a pipe are drawn; the others are not', () => {
  const names = (pipes: Pipe[]) => pictureOf({ ...network, pipes }).nics.map(({ name }) => name)
  expect(names([])).toEqual(['eth0'])
  expect(names([pipe('192.168.2.5:1', '192.168.2.9:1')])).toEqual(['eth0', 'wlan0'])
})

test('UDP and TCP that meet different NATs are named; the IPv4 address comes first', () => {
  const [eth0] = pictureOf({ ...network, pipes: [] }).nics
  expect(eth0?.nat).toEqual({
    title: 'UDP full cone',
    lines: ['TCP symmetric', '203.0.113.5'],
    isMeasured: true,
  })
  expect(eth0?.addresses).toEqual(['192.168.1.5', 'fe80::1'])
})

test('the way of a pipe: on the host, on the LAN, through the NAT, through a relay', () => {
  const { peers } = pictureOf({
    ...network,
    pipes: [
      pipe('127.0.0.1:1', '127.0.0.1:2'),
      pipe('192.168.1.5:1', '192.168.1.9:2'),
      pipe('192.168.1.5:1', '198.51.100.9:2', 'tcp-punch'),
      pipe('[fe80::1%eth0]:1', '[2001:db8::1]:2', 'relay'),
    ],
  })
  expect(peers.map(({ nic, isThroughNat, isRelayed }) => [nic, isThroughNat, isRelayed])).toEqual([
    [0, false, false],
    [0, true, false],
    [0, true, true],
    [-1, false, false],
  ])
})

test('the address of a transport address', () => {
  expect(['1.2.3.4:5', '[fe80::1%eth0]:5', '', 'x'].map(ipOf)).toEqual(['1.2.3.4', 'fe80::1', '', ''])
})
