import { expect, test } from '@jest/globals'
import { type PunchTechnique, punchable } from './punchable.ts'
import { type NatReport, type ReportByHand, reportByHand } from './report.ts'

const nat = (fields: ReportByHand): NatReport => reportByHand(fields)
const open = nat({ type: 'open' })
const firewall = nat({ type: 'udp-firewall' })
const cone = nat({ type: 'full-cone' })
const restricted = nat({ type: 'restricted' })
const home = nat({ type: 'port-restricted' })
const counting = nat({ type: 'symmetric', delta: { type: 'independent', value: 1 } })
const keeping = nat({ type: 'symmetric', delta: { type: 'equal', value: 0 } })
const random = nat({ type: 'symmetric' })
const blocked = nat({ type: 'blocked' })

/** The whole table, one half: the other half mirrors it. */
const pairs: readonly (readonly [string, NatReport, NatReport, PunchTechnique, PunchTechnique])[] = [
  ['home, home', home, home, 'known-mapping', 'known-mapping'],
  ['home, firewall', home, firewall, 'known-mapping', 'known-mapping'],
  ['home, cone', home, cone, 'known-mapping', 'known-mapping'],
  ['open, open', open, open, 'known-mapping', 'known-mapping'],
  ['cone, restricted', cone, restricted, 'known-mapping', 'known-mapping'],
  ['home, counting', home, counting, 'port-window', 'port-window'],
  ['firewall, keeping', firewall, keeping, 'port-window', 'port-window'],
  ['home, random', home, random, 'birthday', 'relay'],
  ['firewall, random', firewall, random, 'birthday', 'relay'],
  ['cone, counting', cone, counting, 'open-then-listen', 'open-then-listen'],
  ['restricted, random', restricted, random, 'open-then-listen', 'open-then-listen'],
  ['open, random', open, random, 'open-then-listen', 'open-then-listen'],
  ['counting, keeping', counting, keeping, 'port-window', 'port-window'],
  ['counting, random', counting, random, 'relay', 'relay'],
  ['random, random', random, random, 'relay', 'relay'],
  ['open, blocked', open, blocked, 'relay', 'relay'],
  ['random, blocked', random, blocked, 'relay', 'relay'],
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
    expect(there.reason === undefined).toBe(technique !== 'relay')
    expect(there.expected > 0).toBe(technique !== 'relay')
  }
})

test('a birthday is nearly certain, in a small block and among all ports', () => {
  const block = nat({ type: 'symmetric', portRange: [4096, 6143] })
  expect(punchable(home, block, 'udp').expected).toBeCloseTo(0.988, 2)
  expect(punchable(home, random, 'udp').expected).toBeCloseTo(0.988, 2)
})

test('a pool of addresses has to be guessed as well', () => {
  const pool = nat({
    type: 'symmetric',
    delta: { type: 'equal', value: 0 },
    externalAddresses: ['192.0.2.1', '192.0.2.2'],
  })
  expect(punchable(home, pool, 'udp').expected).toBeLessThan(0.5)
})
