import { expect, test } from '@jest/globals'
import { type PresetName, presets, VirtualInternet } from '@p2pd/lab'
import { executeTcpPunch, executeUdpPunch, type LocalSide, planPunch, type PunchPlan } from '@p2pd/punch'
import { CountingNetwork } from '../hosts/counting-network.ts'
import { punchPair } from '../../src/punching/punch-pair.ts'
import { reportOf as natOf } from '../../src/punching/nat-report.ts'

const pair = (protocol: 'udp' | 'tcp', a: PresetName, b: PresetName) => [protocol, a, b] as const
const pairs = [
  pair('udp', 'home', 'home'),
  pair('udp', 'symmetric-independent', 'symmetric-equal'),
  pair('udp', 'home', 'symmetric-random'),
  pair('tcp', 'home', 'home'),
  pair('tcp', 'restricted-equal', 'symmetric-random'),
  pair('tcp', 'symmetric-dependent', 'home'),
]

test.each(pairs)('%s, %s and %s: fifty in a row leave nothing open', async (protocol, a, b) => {
  const counting = new CountingNetwork(() => 0)
  let connected = 0
  for (let seed = 1; seed <= 50; seed++) {
    const hosts = [{ nat: presets[a] }, { nat: presets[b] }] as const
    const result = await punchPair({ protocol, seed, hosts, wrap: (network) => counting.wrap(network) })
    if (result.outcome === 'connected') connected++
    expect({ seed, open: counting.open }).toEqual({ seed, open: 0 })
  }
  // One birthday search in two hundred fails.
  expect(connected).toBeGreaterThanOrEqual(49)
})

/** A caller whose peer never starts, with the sockets that it opened. */
async function alone(protocol: 'udp' | 'tcp', a: PresetName, b: PresetName, abortAfterMs?: number) {
  const net = new VirtualInternet({ seed: 1 })
  const host = net.host({ nat: presets[a] })
  const elsewhere = net.host()
  const counting = new CountingNetwork(() => net.clock.now())
  const wanted = (name: PresetName, ip: string, external: string): LocalSide => {
    const at = (address: string) => Array.from({ length: 16 }, (_, i) => ({ ip: address, port: 20_000 + i }))
    return {
      nat: natOf(presets[name], protocol, [external]),
      locals: at(ip),
      hosts: [],
      endpoints: at(external),
    }
  }
  const local = wanted(a, host.ip, host.box?.external[0] ?? '')
  const plan = planPunch(local, wanted(b, elsewhere.ip, elsewhere.ip), {
    protocol,
    controlling: true,
  }) as PunchPlan
  const ports = { network: counting.wrap(host.network), clock: net.clock, random: host.random }
  const controller = new AbortController()
  if (abortAfterMs !== undefined) net.clock.at(abortAfterMs, () => controller.abort())
  const options = { token: host.random(16), signal: controller.signal }
  const code = await net.run(async () => {
    try {
      await (protocol === 'udp'
        ? executeUdpPunch(plan, ports, options)
        : executeTcpPunch(plan, ports, options))
      return 'connected'
    } catch (error) {
      return (error as { code: string }).code
    }
  })
  return { code, endedAt: net.clock.now(), counting, plan }
}

test.each(pairs)(
  '%s, %s and %s: a peer that never comes costs the bound and leaves nothing',
  async (protocol, a, b) => {
    const { code, endedAt, counting, plan } = await alone(protocol, a, b)
    expect(code).toBe('PUNCH_TIMEOUT')
    expect(endedAt).toBeLessThanOrEqual(plan.timing.startMs + plan.timing.boundMs + 1)
    expect(counting.open).toBe(0)
  },
)

test.each(pairs)('%s, %s and %s: given up, it ends at once and leaves nothing', async (protocol, a, b) => {
  const { code, endedAt, counting } = await alone(protocol, a, b, 333)
  expect([code, counting.open]).toEqual(['PUNCH_ABORTED', 0])
  expect(endedAt).toBeLessThanOrEqual(334)
})

test('an endpoint that refuses gets at most 300 SYNs, and 200 in a second', async () => {
  for (const [a, b] of [
    ['home', 'home'],
    ['symmetric-independent', 'symmetric-independent'],
  ] as const) {
    const { dials } = (await alone('tcp', a, b)).counting
    const perPort = new Map<number, number>()
    for (const { port } of dials) perPort.set(port, (perPort.get(port) ?? 0) + 1)
    expect(Math.max(...perPort.values())).toBeLessThanOrEqual(300)
    for (const { at } of dials) {
      expect(dials.filter((other) => other.at > at && other.at <= at + 1000).length).toBeLessThanOrEqual(200)
    }
  }
})
