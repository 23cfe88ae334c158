import { expect, test } from '@jest/globals'
import type { Interface } from '@p2pd/netif'
import { ManualClock, settle } from '@p2pd/netif/testing'
import { address, docker, loopback, nic } from '../testdata/nics.ts'
import { ScriptedPortMapper } from '../testdata/scripted-port-mapper.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { Gatherers } from './gatherers.ts'
import { mappingTargets } from './mapping-targets.ts'
import { PortMappingGatherer } from './port-mapping-gatherer.ts'

const home = nic('eth0', [address('192.168.1.5', 'private')], 100)
const wifi = nic('wlan0', [address('192.168.2.5', 'private')], 600)

/** A gatherer whose mapper and STUN servers the test plays. */
function scripted() {
  const mapper = new ScriptedPortMapper()
  const listeners = new Set<() => void>()
  const clock = new ManualClock()
  let sleptMs = 0
  let opened = 0
  let known = () => {}
  let seen: readonly string[] = []
  const gatherer = new PortMappingGatherer({
    runtime: {
      clock,
      wallClock: () => clock.now() + sleptMs,
      openPortMapper: () => {
        opened++
        return Promise.resolve(mapper)
      },
    },
    port: 4000,
    stun: {
      externalAddresses: () => seen,
      ready: () => new Promise((resolve) => (known = resolve)),
      onChange: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
  })
  const changes: string[] = []
  gatherer.onChange(() =>
    changes.push(
      gatherer
        .candidates()
        .map(({ ip, port }) => `${ip}:${port}`)
        .join(' '),
    ),
  )
  const gather = async (interfaces: readonly Interface[], ...ips: readonly string[]) => {
    gatherer.gather(interfaces)
    await settle()
    seen = ips
    known()
    await settle()
  }
  const stunSees = (...ips: readonly string[]) => {
    seen = ips
    for (const listener of listeners) listener()
  }
  const sleep = async (durationMs: number) => {
    sleptMs += durationMs
    await clock.advance(20_000)
  }
  return { gatherer, mapper, changes, gather, stunSees, sleep, clock, opened: () => opened }
}

test('asks for the private IPv4 address and the global IPv6 ones of each NIC with a gateway, and for no other', () => {
  const gateways = [...home.gateways, { family: 'IPv6', ip: 'fe80::1', metric: 100 } as const]
  const six = ['2001:db8::7', '2001:db8::8', '2001:db8::9'].map((ip) => address(ip, 'global'))
  const [first = six[0], ...others] = six
  const addresses = [
    ...home.addresses,
    { ...first, temporary: true },
    ...others,
    address('fd00::1', 'private'),
  ]
  const both: Interface = { ...home, gateways, addresses: addresses as Interface['addresses'] }
  const server = nic('ens3', [address('203.0.113.5', 'global')], 100)
  const noRouter = nic('eth2', [address('10.0.0.5', 'private')])
  const targets = mappingTargets([loopback, docker, both, wifi, server, noRouter, { ...wifi, up: false }])
  expect(targets.map(({ ip }) => ip)).toEqual(['192.168.1.5', '2001:db8::8', '2001:db8::9', '192.168.2.5'])
  const many = Array.from({ length: 20 }, (_, index) => ({ ...home, name: `eth${index}` }))
  expect(mappingTargets(many)).toHaveLength(8)
})

test('a mapping is a candidate once STUN servers have answered, and for as long as it is publishable', async () => {
  const { gatherer, mapper, changes, gather, stunSees } = scripted()
  gatherer.gather([home])
  await settle()
  mapper.leases[0]?.grant('203.0.113.7', 4001)
  expect(gatherer.candidates()).toEqual([])
  await gather([home], '203.0.113.7')
  expect(gatherer.candidates()).toEqual([{ kind: 'server-reflexive', ip: '203.0.113.7', port: 4001 }])
  mapper.leases[0]?.grant('203.0.113.7', 4002)
  stunSees('198.51.100.1')
  stunSees('198.51.100.1', '203.0.113.7')
  mapper.leases[0]?.show({ status: 'unmapped', reason: 'expired', failed: [], doubleNat: false })
  expect(changes).toEqual(['203.0.113.7:4001', '203.0.113.7:4002', '', '203.0.113.7:4002', ''])
})

test('a node without STUN servers believes a public address', async () => {
  const { gatherer, mapper, gather } = scripted()
  await gather([home])
  mapper.leases[0]?.grant('203.0.113.7', 4001)
  expect(gatherer.candidates()).toHaveLength(1)
})

test('an opening in an IPv6 firewall makes the host candidate reachable and adds none', async () => {
  const { gatherer, mapper, gather } = scripted()
  const gateways = [{ family: 'IPv6', ip: 'fe80::1', metric: 100 } as const]
  await gather([{ ...nic('eth0', [address('2001:db8::5', 'global')]), gateways }], '2001:db8::99')
  mapper.leases[0]?.grant('2001:db8::5', 4000)
  expect([gatherer.candidates(), mapper.leases[0]?.stunIp]).toEqual([[], undefined])
})

test('a NIC that comes is asked for, one that goes is given up, and leftovers are released once', async () => {
  const { gatherer, mapper, changes, gather } = scripted()
  await gather([home], '203.0.113.7')
  mapper.leases[0]?.grant('203.0.113.7', 4000)
  await gather([home, wifi], '203.0.113.7')
  await gather([wifi], '203.0.113.7')
  expect(mapper.calls).toEqual([
    'network eth0',
    'map 192.168.1.5:4000/tcp on eth0',
    'leftovers',
    'network eth0 wlan0',
    'map 192.168.2.5:4000/tcp on wlan0',
    'network wlan0',
  ])
  expect(mapper.leases.map(({ state }) => state.status)).toEqual(['closed', 'asking'])
  expect(changes).toEqual(['203.0.113.7:4000', ''])
  await gatherer.close()
  expect(mapper.calls.at(-1)).toBe('close')
})

test('no gateway, no mapper; a closed gatherer opens none either', async () => {
  const { gatherer, gather, opened } = scripted()
  await gather([loopback, nic('eth1', [address('10.0.0.5', 'private')])])
  await gatherer.close()
  await gather([home])
  expect(opened()).toBe(0)
})

test.each([true, false])(
  'portMapping: %s: the switch decides whether gateways are asked',
  async (portMapping) => {
    const clock = new ManualClock()
    let opened = 0
    const openPortMapper = () => {
      opened++
      return Promise.resolve(new ScriptedPortMapper())
    }
    const watchNetwork = () => Promise.resolve({ close() {} })
    const parts = { clock, wallClock: () => clock.now(), network: {}, openPortMapper, watchNetwork }
    const gatherers = new Gatherers({ runtime: parts as unknown as Runtime, portMapping }, 4000, [home])
    gatherers.start([])
    await settle()
    expect(opened).toBe(portMapping ? 1 : 0)
    await gatherers.close()
  },
)

test('a machine that has slept asks for its mappings again', async () => {
  const { gatherer, mapper, gather, sleep, clock } = scripted()
  await gather([home], '203.0.113.7')
  await sleep(0)
  expect(mapper.calls).not.toContain('refresh')
  await sleep(60_000)
  expect(mapper.calls.filter((call) => call === 'refresh')).toHaveLength(1)
  await gatherer.close()
  expect(clock.pending).toBe(0)
})

test('UDP ports are mapped where the gateway has mapped the TCP port, and for as long as they are in use', async () => {
  const { gatherer, mapper, gather, stunSees } = scripted()
  const base = { nic: home, family: 'IPv4', ip: '192.168.1.5' } as const
  let mappable = 0
  gatherer.onMappable(() => mappable++)
  await gather([home], '203.0.113.7')
  expect(await gatherer.mapUdpPort(base, 5000)).toBeUndefined()
  mapper.leases[0]?.grant('203.0.113.7', 4000)
  expect(mappable).toBe(1)

  mapper.onLease = (lease) => lease.grant('203.0.113.7', lease.request.port + 1)
  const mapped = await gatherer.mapUdpPort(base, 5000)
  expect(mapped?.external).toEqual({ ip: '203.0.113.7', port: 5001 })
  expect(mapper.leases[1]?.request).toMatchObject({ protocol: 'udp', stunIp: '203.0.113.7' })
  let lost = 0
  mapped?.onLost(() => lost++)
  mapper.leases[1]?.grant('203.0.113.7', 5001)
  expect(lost).toBe(0)
  mapper.leases[1]?.grant('203.0.113.7', 5009)
  expect(lost).toBe(1)
  mapped?.close()
  expect(mapper.leases[1]?.state.status).toBe('closed')

  // Its table is full, say.
  mapper.onLease = (lease) =>
    lease.show({ status: 'unmapped', reason: 'refused', failed: [], doubleNat: false })
  expect(await gatherer.mapUdpPort(base, 5002)).toBeUndefined()
  expect(mapper.leases[2]?.state.status).toBe('closed')
  stunSees('198.51.100.1')
  expect(await gatherer.mapUdpPort(base, 5003)).toBeUndefined()
  expect(mapper.leases).toHaveLength(3)
})

test('no more than 16 UDP ports at once', async () => {
  const { gatherer, mapper, gather } = scripted()
  await gather([home], '203.0.113.7')
  mapper.leases[0]?.grant('203.0.113.7', 4000)
  mapper.onLease = (lease) => lease.grant('203.0.113.7', lease.request.port)
  const base = { nic: home, family: 'IPv4', ip: '192.168.1.5' } as const
  const ports = await Promise.all(Array.from({ length: 20 }, (_, i) => gatherer.mapUdpPort(base, 5000 + i)))
  const mapped = ports.filter((port) => port !== undefined)
  expect(mapped).toHaveLength(16)
  mapped[0]?.close()
  mapped[0]?.close()
  expect(await gatherer.mapUdpPort(base, 6000)).toBeDefined()
  expect(await gatherer.mapUdpPort(base, 6001)).toBeUndefined()
})
