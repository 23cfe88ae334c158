import { expect, test } from '@jest/globals'
import { type BoxSettings, type PresetName, presets } from '@p2pd/lab'
import { FLOOR_MS, R_D } from '../../src/punching/conditions.ts'
import { punchPair } from '../../src/punching/punch-pair.ts'

const SEEDS = [1, 2, 3, 4, 5]

/** Punches with each seed; expects both ends of one path, or fails with the seed. */
async function timesOf(a: BoxSettings, b: BoxSettings, technique: string, seeds = SEEDS): Promise<number[]> {
  const times: number[] = []
  for (const seed of seeds) {
    const result = await punchPair({ protocol: 'udp', seed, hosts: [{ nat: a }, { nat: b }] })
    expect({ seed, ...result }).toMatchObject({ seed, technique, outcome: 'connected' })
    times.push(result.callerMs)
  }
  return times.toSorted((x, y) => x - y)
}

const median = (sorted: readonly number[]) => sorted[sorted.length >> 1] ?? 0

const pair = (a: PresetName, b: PresetName, technique: string) => [a, b, technique] as const

test.each([
  pair('home', 'home', 'known-mappings'),
  pair('home', 'cloud', 'known-mappings'),
  pair('full-cone-random', 'port-restricted-independent', 'known-mappings'),
  pair('open-equal', 'udp-firewall-equal', 'known-mappings'),
])('%s and %s: %s, within 1.3 times the floor', async (a, b, technique) => {
  // The caller needs one R_d more to authenticate the peer.
  expect(median(await timesOf(presets[a], presets[b], technique)) + R_D).toBeLessThanOrEqual(1.3 * FLOOR_MS)
})

test.each([
  pair('restricted-equal', 'symmetric-random', 'open-then-listen'),
  pair('symmetric-random', 'full-cone-dependent', 'open-then-listen'),
  pair('open-equal', 'carrier', 'open-then-listen'),
  pair('symmetric-independent', 'restricted-preserving', 'open-then-listen'),
  pair('home', 'symmetric-equal', 'window'),
  pair('symmetric-independent', 'home', 'window'),
  pair('home', 'symmetric-dependent', 'window'),
  pair('symmetric-preserving', 'symmetric-equal', 'window'),
  pair('symmetric-independent', 'symmetric-independent', 'window'),
  pair('symmetric-dependent', 'symmetric-preserving', 'window'),
])('%s and %s: %s, within a second', async (a, b, technique) => {
  expect(median(await timesOf(presets[a], presets[b], technique))).toBeLessThan(1000)
})

test.each([pair('home', 'symmetric-random', 'birthday'), pair('symmetric-random', 'home', 'birthday')])(
  '%s and %s: %s, half of them within 3 s',
  async (a, b, technique) => {
    const seeds = Array.from({ length: 11 }, (_, i) => i + 1)
    expect(median(await timesOf(presets[a], presets[b], technique, seeds))).toBeLessThan(3000)
  },
)

test('counters that others move meanwhile, on both sides', async () => {
  const busy = { ...presets['symmetric-independent'], traffic: { othersPerSecond: 20 } } as BoxSettings
  expect(median(await timesOf(busy, busy, 'window'))).toBeLessThan(1000)
  expect(median(await timesOf(presets.home, busy, 'window'))).toBeLessThan(1000)
})

test.each([
  pair('symmetric-random', 'symmetric-random', 'both NATs choose a random port'),
  pair('symmetric-equal', 'carrier', 'one NAT chooses a random port'),
  pair('hotel', 'open-equal', "this side's network lets no UDP through"),
  pair('home', 'blocked-random', "the peer's network lets no UDP through"),
])('%s and %s: impossible, known at once', async (a, b, reason) => {
  const result = await punchPair({
    protocol: 'udp',
    seed: 1,
    hosts: [{ nat: presets[a] }, { nat: presets[b] }],
  })
  expect(result).toMatchObject({ outcome: 'skipped', reason: expect.stringContaining(reason) })
})
