import { expect, test } from '@jest/globals'
import type { DialOptions, Interface, TcpConnection } from '@p2pd/netif'
import type { PathChoice } from './candidate.ts'
import { type Candidate, prioritized } from './candidate.ts'
import { candidatePairs, dialPair, formatLocalEnd, attemptDelayMs, MAX_PAIRS } from './candidate-pair.ts'
import { address, docker, loopback, nic } from '../testdata/nics.ts'

const ethernet = nic('eth0', [address('192.168.1.5', 'private'), address('2001:db8::5', 'global')], 100)
const mobile = nic('wwan0', [address('10.0.0.5', 'private')], 600)

const peer = (...ips: string[]): Candidate[] =>
  prioritized(ips.map((ip) => ({ kind: 'host', ip, port: 4000 })))
const dialled = (remote: readonly Candidate[], interfaces: readonly Interface[], choice?: PathChoice) =>
  candidatePairs(remote, interfaces, choice).map((pair) => [pair.remote.ip, pair.local?.interfaceName])

test.each<[string, readonly string[], readonly Interface[], readonly unknown[]]>([
  [
    "by every NIC that leads out, the system's choice for all candidates first",
    ['203.0.113.9', '198.51.100.9'],
    [loopback, mobile, ethernet],
    [
      ['203.0.113.9', undefined],
      ['198.51.100.9', undefined],
      ['203.0.113.9', 'wwan0'],
      ['198.51.100.9', 'wwan0'],
    ],
  ],
  [
    'by the NIC on the same subnet alone',
    ['192.168.1.9'],
    [loopback, mobile, ethernet],
    [['192.168.1.9', undefined]],
  ],
  [
    'by both NICs on one subnet',
    ['192.168.1.9'],
    [ethernet, nic('wlan0', [address('192.168.1.6', 'private')], 600)],
    [
      ['192.168.1.9', undefined],
      ['192.168.1.9', 'wlan0'],
    ],
  ],
  [
    'where the routing table knows a way that is not seen here',
    ['203.0.113.9'],
    [loopback, docker],
    [['203.0.113.9', undefined]],
  ],
  [
    'not by a NIC that is down',
    ['203.0.113.9'],
    [ethernet, { ...mobile, up: false }],
    [['203.0.113.9', undefined]],
  ],
  [
    'what is near first, then what reaches far, then private addresses elsewhere',
    ['10.9.9.9', '203.0.113.9', '192.168.1.9'],
    [loopback, ethernet],
    [
      ['192.168.1.9', undefined],
      ['203.0.113.9', undefined],
      ['10.9.9.9', undefined],
    ],
  ],
])('dials %s', (_, remote, interfaces, expected) => {
  expect(dialled(peer(...remote), interfaces)).toEqual(expected)
})

test('priorities decide where nothing else does', () => {
  const [high, low] = peer('203.0.113.9', '198.51.100.9')
  expect(candidatePairs([low, high] as Candidate[], [ethernet]).map(({ remote }) => remote)).toEqual([
    high,
    low,
  ])
})

test("dials a peer's loopback only when it seems to be on this host", () => {
  const ips = (...remote: string[]) => dialled(peer(...remote), [loopback, ethernet]).map(([ip]) => ip)
  expect(ips('192.168.1.9', '127.0.0.1')).toEqual(['192.168.1.9'])
  expect(ips('192.168.1.5', '127.0.0.1')).toEqual(['192.168.1.5', '127.0.0.1'])
  expect(ips('127.0.0.1')).toEqual(['127.0.0.1'])
})

test('leaves out families that this host lacks', () => {
  const only4 = { ...loopback, addresses: loopback.addresses.slice(0, 1) }
  expect(dialled(peer('2001:db8::9', '192.0.2.1'), [only4])).toEqual([['192.0.2.1', undefined]])
})

test('A11: keeps to the families, their order and the reach that are asked for', () => {
  const both = nic('eth0', [address('2001:db8::5', 'global'), address('192.168.1.5', 'private')])
  const remote = peer('2a00::9', '192.168.1.9', '5.5.5.9', 'fd00::9')
  const ips = (choice: PathChoice) => dialled(remote, [both], choice).map(([ip]) => ip)
  expect(ips({})).toEqual(['192.168.1.9', '2a00::9', '5.5.5.9', 'fd00::9'])
  expect(ips({ families: ['IPv4', 'IPv6'] })).toEqual(['192.168.1.9', '5.5.5.9', '2a00::9', 'fd00::9'])
  expect(ips({ families: ['IPv6'] })).toEqual(['2a00::9', 'fd00::9'])
  expect(ips({ reach: 'lan' })).toEqual(['192.168.1.9', 'fd00::9'])
  expect(ips({ reach: 'external', families: ['IPv4'] })).toEqual(['5.5.5.9'])
})

test('two ports of an address are dialled, each once', () => {
  const ports = [4000, 4000, 4001, 4002, 4001]
  const remote = prioritized(ports.map((port) => ({ kind: 'host', ip: '203.0.113.9', port })))
  expect(candidatePairs(remote, [ethernet]).map((pair) => pair.remote.port)).toEqual([4000, 4001])
})

test('a long list is not dialled without end', () => {
  const interfaces = [ethernet, mobile, nic('eth1', [address('10.1.0.5', 'private')], 700)]
  const remote = peer(...Array.from({ length: 40 }, (_, i) => `203.0.113.${i + 1}`))
  expect(candidatePairs(remote, interfaces)).toHaveLength(MAX_PAIRS)
})

test("another NIC is dialled by with its own address, after the system's choice had its time", async () => {
  const [first, other] = candidatePairs(peer('203.0.113.9'), [mobile, ethernet])
  if (first === undefined || other === undefined) throw new Error('no pairs')
  const dials: DialOptions[] = []
  const dialer = {
    dial: (options: DialOptions) => {
      dials.push(options)
      return Promise.resolve({} as TcpConnection)
    },
  }
  const { signal } = new AbortController()
  await dialPair(dialer, first, signal)
  await dialPair(dialer, other, signal)
  const remote = { ip: '203.0.113.9', port: 4000 }
  expect(dials).toEqual([
    { remote, signal },
    { remote, signal, local: { ip: '10.0.0.5', port: 0 }, interfaceName: 'wwan0' },
  ])
  expect([first, other].map(formatLocalEnd)).toEqual(['0.0.0.0:0', '10.0.0.5:0'])
  expect([first, other].map(attemptDelayMs)).toEqual([0, 250])
})
