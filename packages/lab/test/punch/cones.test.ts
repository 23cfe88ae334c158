import { expect, test } from '@jest/globals'
import type { DeltaSetting, NatSettings } from '@p2pd/lab'
import { punchPair } from '../../src/punching/punch-pair.ts'

const RUNS = 20
const LEAST = 19

const FILTERS = {
  'full-cone': 'endpoint-independent',
  restricted: 'address-dependent',
  'port-restricted': 'address-and-port-dependent',
} as const
const deltas: readonly DeltaSetting[] = [
  { type: 'equal' },
  { type: 'preserving', value: 100 },
  { type: 'independent', value: 1 },
  { type: 'independent', value: 4 },
  { type: 'dependent', value: 1 },
  { type: 'dependent', value: 5 },
]

type ConeName = keyof typeof FILTERS
const coneNames = Object.keys(FILTERS) as ConeName[]
const cone = (name: ConeName, delta: DeltaSetting): NatSettings => ({
  mapping: 'endpoint-independent',
  filtering: FILTERS[name],
  delta,
})
const symmetric = (delta: DeltaSetting): NatSettings => ({
  mapping: 'address-and-port-dependent',
  filtering: 'address-and-port-dependent',
  delta,
})
const nameOf = ({ type, value }: DeltaSetting) => `${type}${value === undefined ? '' : ` +${value}`}`

/** The number of runs that connect. */
async function connected(protocol: 'udp' | 'tcp', a: NatSettings, b: NatSettings): Promise<number> {
  let count = 0
  for (let seed = 1; seed <= RUNS; seed++) {
    const { outcome } = await punchPair({ protocol, seed, hosts: [{ nat: a }, { nat: b }] })
    if (outcome === 'connected') count++
  }
  return count
}

const conePairs = coneNames.flatMap((a, i) => coneNames.slice(i).map((b) => [a, b] as const))
const checks = [
  ['A4: TCP', 'tcp'],
  ['A5: UDP', 'udp'],
] as const

for (const [title, protocol] of checks) {
  test.each(conePairs)(
    `${title}, %s and %s, each with six deltas: 95 % of ${RUNS} runs of every pair`,
    async (a, b) => {
      for (const [i, deltaA] of deltas.entries()) {
        // One direction of each pair is enough, because both sides have the same kind.
        for (const deltaB of a === b ? deltas.slice(i) : deltas) {
          const count = await connected(protocol, cone(a, deltaA), cone(b, deltaB))
          const pair = `${nameOf(deltaA)} and ${nameOf(deltaB)}`
          expect({ pair, enough: count >= LEAST }).toEqual({ pair, enough: true })
        }
      }
    },
    60_000,
  )

  test.each(coneNames)(
    `${title}, a symmetric NAT with a predictable delta and %s, both directions: 95 % of ${RUNS} runs`,
    async (name) => {
      for (const delta of deltas) {
        const home = cone(name, { type: 'equal' })
        const there = await connected(protocol, symmetric(delta), home)
        const back = await connected(protocol, home, symmetric(delta))
        const enough = [there >= LEAST, back >= LEAST]
        expect({ delta: nameOf(delta), enough }).toEqual({ delta: nameOf(delta), enough: [true, true] })
      }
    },
    60_000,
  )
}

test.each(coneNames)(
  'A5: UDP, a symmetric NAT with random ports and %s, both directions',
  async (name) => {
    const [home, random] = [cone(name, { type: 'equal' }), symmetric({ type: 'random' })]
    expect(await connected('udp', random, home)).toBeGreaterThanOrEqual(LEAST)
    expect(await connected('udp', home, random)).toBeGreaterThanOrEqual(LEAST)
  },
  60_000,
)

test.each(['udp', 'tcp'] as const)(
  'A6: %s, two symmetric NATs with random ports: known at once',
  async (protocol) => {
    const random = symmetric({ type: 'random' })
    const result = await punchPair({ protocol, seed: 1, hosts: [{ nat: random }, { nat: random }] })
    expect(result).toMatchObject({ outcome: 'skipped', punchMs: 0 })
    expect(result.reason).toMatch('both NATs choose a random port')
  },
)
