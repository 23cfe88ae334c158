import { expect, test } from '@jest/globals'
import { presets } from '../presets.ts'
import { connectPair, connectRelayed } from './connect-pair.ts'
import { methodsOf } from './method.ts'
import { samplePair } from './pair.ts'
import { discoverReports, tellReports } from './pair-reports.ts'
import type { Peer } from './peer.ts'
import { runPopulation } from './run-population.ts'
import { summarizePopulation } from './population-summary.ts'
import { variants } from './variant.ts'

const peer = (settings: Peer['settings'], rest: Partial<Peer> = {}): Peer => ({
  profile: 'residential',
  class: 'P',
  settings,
  portMapping: [],
  ipv6: false,
  ...rest,
})
const { home } = presets
const open = peer({ kind: 'open' })
const random = peer(presets['symmetric-random'])
const noUdp = peer({
  mapping: 'endpoint-independent',
  filtering: 'address-dependent',
  traffic: { passes: 'no-udp' },
})
const pairOf = (caller: Peer, called: Peer) => ({ caller, peer: called, seed: 1 })
const say = (pair: ReturnType<typeof pairOf>) =>
  methodsOf(tellReports(pair), pair).map(({ strategy, family, technique = '' }) =>
    `${strategy} ${family} ${technique}`.trim(),
  )

test('a pair tries what its boxes allow, and nothing else', () => {
  expect(say(pairOf(peer(home), peer(home)))).toEqual([
    'tcp-punch IPv4 known-mappings',
    'udp-punch IPv4 known-mappings',
  ])
  expect(say(pairOf(peer(home), random))).toEqual(['udp-punch IPv4 birthday'])
  expect(say(pairOf(noUdp, peer(home)))).toEqual(['tcp-punch IPv4 known-mappings'])
  expect(say(pairOf(random, random))).toEqual([])
  expect(say(pairOf(open, random))).toEqual([
    'reverse IPv4',
    'tcp-punch IPv4 open-then-listen',
    'udp-punch IPv4 open-then-listen',
  ])
  const six = { ipv6: true }
  expect(say(pairOf(peer(random.settings, six), peer(noUdp.settings, six)))).toEqual([
    'tcp-punch IPv4 open-then-listen',
    'tcp-punch IPv6 known-mappings',
  ])
})

test.each([
  ['direct', pairOf(random, open), 150],
  ['reverse', pairOf(open, random), 150],
  ['tcp-punch', pairOf(noUdp, peer(home, { inner: presets['full-cone-equal'] })), 200],
  ['udp-punch', pairOf(peer(home), random), 20_000],
])('%s connects', async (strategy, pair, withinMs) => {
  const reports = tellReports(pair)
  const methods = methodsOf(reports, pair).filter((method) => method.strategy === strategy)
  const outcome = await connectPair(pair, reports, methods)
  expect(outcome.method).toEqual(methods[0])
  expect(outcome.callerMs).toBeGreaterThan(80)
  expect(outcome.callerMs).toBeLessThan(withinMs)
})

test.each([
  ['direct', { portMapping: [] }, { portMapping: ['upnp'] }],
  ['reverse', { portMapping: ['upnp'] }, { portMapping: [] }],
] as const)(
  'a port that a router has mapped is reached by %s, behind NATs with random ports',
  async (strategy, a, b) => {
    const pair = pairOf({ ...random, ...a }, { ...random, ...b })
    const reports = tellReports(pair)
    const methods = methodsOf(reports, pair)
    expect(methods).toEqual([{ strategy, family: 'IPv4', mapped: ['upnp'] }])
    expect((await connectPair(pair, reports, methods)).method?.strategy).toBe(strategy)
    const inner = presets['full-cone-equal']
    const twice = pairOf({ ...pair.caller, inner }, { ...pair.peer, inner })
    expect(methodsOf(tellReports(twice), twice)).toEqual([])
  },
)

test('over IPv6, firewalls on both sides, what IPv4 has no way for', async () => {
  const both = peer(random.settings, { ipv6: true })
  const pair = pairOf(both, both)
  const reports = tellReports(pair)
  const { method } = await connectPair(pair, reports, methodsOf(reports, pair))
  expect(method).toMatchObject({ family: 'IPv6', technique: 'known-mappings' })
})

test('a discovery finds the same methods', async () => {
  for (const pair of [
    pairOf(peer(home), random),
    pairOf(noUdp, open),
    pairOf(peer(home, { ipv6: true }), peer(home, { ipv6: true })),
  ])
    expect(methodsOf(await discoverReports(pair), pair)).toEqual(methodsOf(tellReports(pair), pair))
})

test('a pair is the same, however many are drawn', () => {
  expect(samplePair('mix', 1, 7)).toEqual(samplePair('mix', 1, 7))
  expect(samplePair('mix', 1, 7)).not.toEqual(samplePair('mix', 2, 7))
  expect(samplePair('mix', 1, 7)).not.toEqual(samplePair('mix', 1, 8))
})

test('forty pairs: most connect, and each technique that is switched off costs some or none', async () => {
  const results = []
  for await (const result of runPopulation({ seed: 1, pairs: 40 })) results.push(result)
  const summary = summarizePopulation(results)
  expect(summary.both.direct).toBeGreaterThanOrEqual(0.8)
  expect(summary.both.direct).toBeGreaterThanOrEqual(summary.ipv4.direct)
  expect(summary.variants.map(({ name }) => name)).toEqual(variants.map(({ name }) => name))
  const known = summary.variants.find(({ name }) => name === 'known mappings only')
  expect(known?.both.direct).toBeLessThan(summary.both.direct)
  expect(known?.both.p95Ms).toBeLessThan(300)
})

test.each([
  ['early', 50 + 3 * 50 + 100 + 50 + 60],
  ['last', 50 + 50 + 3 * 50 + 100 + 50 + 60],
] as const)(
  'with the relay policy "%s" a pair that cannot meet connects at once',
  async (relay, withinMs) => {
    const pair = pairOf(random, random)
    const { direct, relayMs } = await connectRelayed(pair, tellReports(pair), [], relay)
    expect(direct.method).toBeUndefined()
    expect(relayMs).toBeLessThan(withinMs)
  },
)

test('a relay that was first leaves the direct path alone; with "last" none is opened where a path is quick', async () => {
  const pair = pairOf(peer(home), random)
  const reports = tellReports(pair)
  const methods = methodsOf(reports, pair)
  const alone = await connectPair(pair, reports, methods)
  const early = await connectRelayed(pair, reports, methods, 'early')
  expect(early.direct.method).toEqual(alone.method)
  expect(early.relayMs).toBeLessThan(early.direct.callerMs)
  const quick = pairOf(peer(home), peer(home))
  const known = tellReports(quick)
  const last = await connectRelayed(quick, known, methodsOf(known, quick), 'last')
  expect([last.direct.method?.strategy, last.relayMs]).toEqual([expect.any(String), undefined])
})
