import { expect, test } from '@jest/globals'
import { type AssessedNat, type Punchability, punchable } from './punchable.ts'

const nat = (fields: Partial<AssessedNat>): AssessedNat => ({
  type: 'port-restricted',
  mapping: 'endpoint-independent',
  filtering: 'address-and-port-dependent',
  delta: { type: 'random', value: 0 },
  portRange: [1024, 65_535],
  externalAddresses: [],
  ...fields,
})
const symmetric = { type: 'symmetric', mapping: 'address-and-port-dependent' } as const
const open = nat({ type: 'open', filtering: 'endpoint-independent' })
const firewall = nat({ type: 'udp-firewall' })
const cone = nat({ type: 'full-cone', filtering: 'endpoint-independent' })
const restricted = nat({ type: 'restricted', filtering: 'address-dependent' })
const home = nat({})
const counting = nat({ ...symmetric, delta: { type: 'independent', value: 1 } })
const keeping = nat({ ...symmetric, delta: { type: 'equal', value: 0 } })
const random = nat(symmetric)
const blocked = nat({ type: 'blocked' })

/** The whole table, one half: the other half mirrors it. */
const pairs: readonly (readonly [
  string,
  AssessedNat,
  AssessedNat,
  Punchability['technique'],
  Punchability['technique'],
])[] = [
  ['home, home', home, home, 'known-mappings', 'known-mappings'],
  ['home, firewall', home, firewall, 'known-mappings', 'known-mappings'],
  ['home, cone', home, cone, 'known-mappings', 'known-mappings'],
  ['open, open', open, open, 'known-mappings', 'known-mappings'],
  ['cone, restricted', cone, restricted, 'known-mappings', 'known-mappings'],
  ['home, counting', home, counting, 'window', 'window'],
  ['firewall, keeping', firewall, keeping, 'window', 'window'],
  ['home, random', home, random, 'birthday', 'impossible'],
  ['firewall, random', firewall, random, 'birthday', 'impossible'],
  ['cone, counting', cone, counting, 'open-then-listen', 'open-then-listen'],
  ['restricted, random', restricted, random, 'open-then-listen', 'open-then-listen'],
  ['open, random', open, random, 'open-then-listen', 'open-then-listen'],
  ['counting, keeping', counting, keeping, 'window', 'window'],
  ['counting, random', counting, random, 'impossible', 'impossible'],
  ['random, random', random, random, 'impossible', 'impossible'],
  ['open, blocked', open, blocked, 'impossible', 'impossible'],
  ['random, blocked', random, blocked, 'impossible', 'impossible'],
]

const mirrored = { neither: 'neither', a: 'b', b: 'a', both: 'both' } as const

test.each(pairs)('%s', (_, a, b, udp, tcp) => {
  for (const [protocol, technique] of [
    ['udp', udp],
    ['tcp', tcp],
  ] as const) {
    const there = punchable(a, b, protocol)
    const back = punchable(b, a, protocol)
    expect(there.technique).toBe(technique)
    expect(back).toMatchObject({ technique, expected: there.expected, guesser: mirrored[there.guesser] })
    expect(there.reason === undefined).toBe(technique !== 'impossible')
    expect(there.expected > 0).toBe(technique !== 'impossible')
  }
})

test('a birthday is nearly certain, in a small block and among all ports', () => {
  const block = nat({ ...symmetric, portRange: [4096, 6143] })
  expect(punchable(home, block, 'udp').expected).toBeCloseTo(0.988, 2)
  expect(punchable(home, random, 'udp').expected).toBeCloseTo(0.988, 2)
})

test('a pool of addresses has to be guessed as well', () => {
  const pool = nat({
    ...symmetric,
    delta: { type: 'equal', value: 0 },
    externalAddresses: ['192.0.2.1', '192.0.2.2'],
  })
  expect(punchable(home, pool, 'udp').expected).toBeLessThan(0.5)
})
