import { expect, test } from '@jest/globals'
import { type BoxSettings, type PresetName, presets } from '@p2pd/lab'
import { FLOOR_MS, R_D } from '../../src/punching/conditions.ts'
import { punchPair } from '../../src/punching/punch-pair.ts'

const SEEDS = [1, 2, 3, 4, 5]

async function timesOf(a: BoxSettings, b: BoxSettings, technique: string): Promise<number[]> {
  const times: number[] = []
  for (const seed of SEEDS) {
    const result = await punchPair({ protocol: 'tcp', seed, hosts: [{ nat: a }, { nat: b }] })
    expect({ seed, ...result }).toMatchObject({ seed, technique, outcome: 'connected' })
    times.push(result.callerMs)
  }
  return times.toSorted((x, y) => x - y)
}

const median = (sorted: readonly number[]) => sorted[sorted.length >> 1] ?? 0
const resetting = (name: PresetName) => ({ ...presets[name], unsolicited: { tcp: 'rst' } }) as BoxSettings
const pair = (a: PresetName, b: PresetName, technique: string) => [a, b, technique] as const

test.each([
  pair('home', 'home', 'known-mappings'),
  pair('restricted-random', 'full-cone-equal', 'known-mappings'),
  pair('udp-firewall-equal', 'port-restricted-preserving', 'known-mappings'),
])('%s and %s: %s, within 1.3 times the floor', async (a, b, technique) => {
  expect(median(await timesOf(presets[a], presets[b], technique)) + R_D).toBeLessThanOrEqual(1.3 * FLOOR_MS)
})

test.each([
  pair('restricted-equal', 'symmetric-random', 'open-then-listen'),
  pair('symmetric-random', 'restricted-equal', 'open-then-listen'),
  pair('carrier', 'open-equal', 'open-then-listen'),
  pair('symmetric-equal', 'full-cone-random', 'open-then-listen'),
  pair('home', 'symmetric-equal', 'window'),
  pair('symmetric-dependent', 'home', 'window'),
  pair('symmetric-independent', 'symmetric-independent', 'window'),
  pair('symmetric-preserving', 'symmetric-dependent', 'window'),
])('%s and %s: %s, within a second', async (a, b, technique) => {
  expect(median(await timesOf(presets[a], presets[b], technique))).toBeLessThan(1000)
})

test.each([
  pair('port-restricted-equal', 'port-restricted-random', 'known-mappings'),
  pair('full-cone-equal', 'restricted-equal', 'known-mappings'),
  pair('port-restricted-equal', 'symmetric-equal', 'window'),
  pair('symmetric-independent', 'port-restricted-equal', 'window'),
  pair('symmetric-independent', 'symmetric-independent', 'window'),
  pair('restricted-equal', 'symmetric-random', 'open-then-listen'),
])('%s and %s, both answering SYNs with RST: %s', async (a, b, technique) => {
  expect(median(await timesOf(resetting(a), resetting(b), technique))).toBeLessThan(1200)
})

test.each([
  pair('home', 'symmetric-random', 'one NAT chooses a random port for each TCP peer'),
  pair('carrier', 'corporate', 'both NATs choose a random port'),
  pair('hotel', 'home', "this side's network lets no TCP through"),
])('%s and %s: impossible, known at once', async (a, b, reason) => {
  const result = await punchPair({
    protocol: 'tcp',
    seed: 1,
    hosts: [{ nat: presets[a] }, { nat: presets[b] }],
  })
  expect(result).toMatchObject({ outcome: 'skipped', reason: expect.stringContaining(reason) })
})
