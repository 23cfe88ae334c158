import { expect, test } from '@jest/globals'
import type { Interface } from '@p2pd/netif'
import { setImmediate } from 'node:timers/promises'
import { MAX_CANDIDATES, prioritized } from '../candidates/candidate.ts'
import { mergeCandidates } from '../candidates/candidate-source.ts'
import { address, docker, loopback, nic } from '../testdata/nics.ts'
import { hostCandidates, HostGatherer } from './host-gatherer.ts'

/** As the announcer merges them, with what a STUN server has seen. */
function candidatesOf(interfaces: readonly Interface[], externalAddresses: readonly string[], port: number) {
  const reflexive = externalAddresses.map((ip) => ({ kind: 'server-reflexive', ip, port }) as const)
  return mergeCandidates([hostCandidates(interfaces, port), reflexive])
}

const ethernet = nic('eth0', [
  address('192.168.1.5', 'private'),
  address('fe80::1', 'link'),
  address('2001:db8::5', 'global'),
  { ...address('2001:db8::6', 'global'), deprecated: true },
])
const down = { ...nic('eth1', [address('10.0.0.1', 'private')]), up: false }

test("offers far-reaching addresses first, loopback and then external ones last, link-local, deprecated and containers' ones never", () => {
  const candidates = candidatesOf([loopback, docker, ethernet, down], ['203.0.113.7'], 4000)
  expect(candidates.map(({ kind, ip, port }) => [kind, ip, port])).toEqual([
    ['host', '2001:db8::5', 4000],
    ['host', '192.168.1.5', 4000],
    ['host', '::1', 4000],
    ['host', '127.0.0.1', 4000],
    ['server-reflexive', '203.0.113.7', 4000],
  ])
})

test('priorities are those of RFC 8445 §5.1.2.1', () => {
  const [first, second, reflexive] = prioritized([
    { kind: 'host', ip: '2001:db8::5', port: 4000 },
    { kind: 'host', ip: '192.168.1.5', port: 4000 },
    { kind: 'server-reflexive', ip: '203.0.113.7', port: 4000 },
  ])
  expect(first?.priority).toBe(126 * 2 ** 24 + 65_535 * 2 ** 8 + 255)
  expect(second?.priority).toBe(126 * 2 ** 24 + 65_534 * 2 ** 8 + 255)
  expect(reflexive?.priority).toBe(100 * 2 ** 24 + 65_533 * 2 ** 8 + 255)
})

test('a host with more addresses than a list holds announces the best of them, and its external ones', () => {
  const many = Array.from({ length: 40 }, (_, i) => address(`10.0.${i}.1`, 'private'))
  const candidates = candidatesOf([nic('eth0', many)], ['203.0.113.7'], 4000)
  expect(candidates).toHaveLength(MAX_CANDIDATES)
  expect(candidates.at(-1)?.ip).toBe('203.0.113.7')
})

test('I1: fault 7: 40 IPv6 addresses of one network beside one of IPv4: two of them, a lasting and a temporary one, and that', () => {
  const many = Array.from({ length: 40 }, (_, i) => ({
    ...address(`2001:db8::${i + 1}`, 'global'),
    temporary: i > 9,
  }))
  const candidates = candidatesOf([nic('eth0', [...many, address('192.168.1.5', 'private')])], [], 4000)
  expect(candidates.map(({ ip }) => ip)).toEqual(['2001:db8::1', '2001:db8::11', '192.168.1.5'])
})

test('I1: fault 7: addresses of many networks leave each family its share', () => {
  const many = Array.from({ length: 40 }, (_, i) => address(`2001:db8:${i + 1}::1`, 'global'))
  const few = [address('192.168.1.5', 'private'), address('10.0.0.5', 'private')]
  const candidates = candidatesOf([nic('eth0', [...many, ...few])], ['203.0.113.7'], 4000)
  expect(candidates).toHaveLength(MAX_CANDIDATES)
  expect(candidates.slice(-3).map(({ ip }) => ip)).toEqual(['192.168.1.5', '10.0.0.5', '203.0.113.7'])
})

test('I1: fault 8: a host whose only NIC is inner publishes it; another does once a server was reached through it', () => {
  const ips = (interfaces: readonly Interface[], sources?: ReadonlySet<string>) =>
    hostCandidates(interfaces, 4000, sources).map(({ ip }) => ip)
  expect(ips([loopback, docker])).toContain(docker.addresses[0]?.ip)
  expect(ips([loopback, docker, ethernet])).not.toContain(docker.addresses[0]?.ip)
  expect(ips([loopback, docker, ethernet], new Set([docker.addresses[0]?.ip ?? '']))).toContain(
    docker.addresses[0]?.ip,
  )
})

test('a server that is reached from an unknown address has the NICs looked at', async () => {
  let looks = 0
  const check = () => Promise.resolve(void looks++)
  const watchNetwork = () => Promise.resolve({ attend() {}, check, close() {} })
  const gatherer = new HostGatherer({
    runtime: { watchNetwork },
    interfaces: [loopback, ethernet],
    port: 4000,
  })
  gatherer.start()
  gatherer.reachedServerFrom('192.168.1.5')
  await setImmediate()
  expect(looks).toBe(0)
  gatherer.reachedServerFrom('10.88.0.5')
  await setImmediate()
  expect(looks).toBe(1)
  await gatherer.close()
})
