import { expect, test } from '@jest/globals'
import type { PunchPlan } from './plan.ts'
import { planPunch } from './plan-punch.ts'
import { endpointsWanted, type LocalSide } from './side.ts'
import { type Kind, kinds, sideOf } from '../testdata/sides.ts'

const plansOf = (protocol: 'udp' | 'tcp', a: LocalSide, b: LocalSide, failedAttempts: number) =>
  [
    planPunch(a, b, { protocol, controlling: true, failedAttempts }),
    planPunch(b, a, { protocol, controlling: false, failedAttempts }),
  ] as [PunchPlan, PunchPlan]

const row = (protocol: 'udp' | 'tcp', a: Kind, b: Kind, techniques: string) =>
  [protocol, a, b, techniques] as const

// The filter of the side with the known mapping is not believed.
test.each([
  row('udp', 'full-cone-equal', 'symmetric-independent', 'open-then-listen, window'),
  row('udp', 'restricted-random', 'symmetric-equal', 'open-then-listen, window'),
  row('udp', 'open-equal', 'symmetric-random', 'open-then-listen, birthday'),
  row('tcp', 'restricted-equal', 'symmetric-dependent', 'open-then-listen, window'),
  row('tcp', 'restricted-equal', 'symmetric-random', 'open-then-listen, open-then-listen'),
  row('udp', 'port-restricted-equal', 'symmetric-random', 'birthday, birthday'),
  row('udp', 'symmetric-equal', 'symmetric-independent', 'window, window'),
  row('udp', 'restricted-equal', 'port-restricted-random', 'known-mappings, known-mappings'),
  row('udp', 'symmetric-random', 'symmetric-random', 'impossible, impossible'),
  row('tcp', 'port-restricted-equal', 'symmetric-random', 'impossible, impossible'),
])('%s, %s and %s, first and second: %s', (protocol, a, b, techniques) => {
  const planned = [0, 1].map(
    (failedAttempts) => plansOf(protocol, sideOf(a, 'a'), sideOf(b, 'b'), failedAttempts)[0].technique,
  )
  expect(planned.join(', ')).toBe(techniques)
})

test('an unknown filter rules out no technique', () => {
  const random = sideOf('symmetric-random', 'b')
  const cone = sideOf('port-restricted-equal', 'a')
  const unknown = { ...cone, nat: { ...cone.nat, filtering: 'unknown' } } as const
  const techniques = (['udp', 'tcp'] as const).map((protocol) =>
    [0, 1].flatMap((failed) => plansOf(protocol, unknown, random, failed).map(({ technique }) => technique)),
  )
  expect(techniques.map((all) => [...new Set(all)])).toEqual([['birthday'], ['open-then-listen']])
})

test('both sides derive matching halves of every attempt, and what is possible stays so', () => {
  for (const protocol of ['udp', 'tcp'] as const) {
    for (const a of kinds) {
      for (const b of kinds) {
        const [first] = plansOf(protocol, sideOf(a, 'a'), sideOf(b, 'b'), 0)
        for (const failedAttempts of [1, 2, 3, 7]) {
          const [mine, theirs] = plansOf(
            protocol,
            sideOf(a, 'a', failedAttempts),
            sideOf(b, 'b', failedAttempts),
            failedAttempts,
          )
          expect({ a, b, technique: theirs.technique }).toEqual({ a, b, technique: mine.technique })
          expect(mine.technique === ('impossible' as string)).toBe(
            first.technique === ('impossible' as string),
          )
          expect({ a, b, confirms: theirs.confirms }).toEqual({ a, b, confirms: mine.confirms })
          const listeners = [mine.listener, theirs.listener]
          if (mine.listener !== undefined)
            expect(['none none', 'local remote']).toContain(listeners.toSorted().join(' '))
        }
      }
    }
  }
})

test('windows double, up to eight times', () => {
  const { nat } = sideOf('symmetric-independent', 'a')
  expect([0, 1, 2, 3, 4, 100].map((failedAttempts) => endpointsWanted(nat, failedAttempts))).toEqual([
    16, 32, 64, 128, 128, 128,
  ])
  const [wide] = plansOf(
    'udp',
    sideOf('symmetric-independent', 'a', 1),
    sideOf('port-restricted-equal', 'b', 1),
    1,
  )
  expect(wide.sockets).toHaveLength(16)
})

test('a search goes on beyond the block that was seen, and its openers take longer', () => {
  const home = sideOf('port-restricted-equal', 'a')
  const random = sideOf('symmetric-random', 'b')
  const block = { ...random, nat: { ...random.nat, portRange: [4096, 5119] as const } }
  const plans = [0, 1, 2].map((failedAttempts) => plansOf('udp', home, block, failedAttempts))
  expect(plans.map(([search]) => search.search?.portRange)).toEqual([
    [4096, 5119],
    [3584, 5631],
    [2560, 6655],
  ])
  expect(plans.map(([, open]) => [open.sockets.length, open.timing.pacingMs])).toEqual([
    [64, 4],
    [91, 8],
    [128, 16],
  ])
  const atTheEnd = { ...random, nat: { ...random.nat, portRange: [64_512, 65_535] as const } }
  expect(plansOf('udp', home, atTheEnd, 1)[0].search?.portRange).toEqual([64_000, 65_535])
  expect(plansOf('udp', home, random, 1)[0].search?.portRange).toEqual([1024, 65_535])
})

test('a known mapping behind a counter is doubted: the next ports are tried as well', () => {
  const [aim] = plansOf(
    'udp',
    sideOf('port-restricted-equal', 'a'),
    sideOf('port-restricted-dependent', 'b'),
    1,
  )
  expect(aim.targets.map(({ remote }) => remote.port)).toEqual([40_000, 40_005, 40_010, 40_015])
  const [sure] = plansOf('udp', sideOf('port-restricted-equal', 'a'), sideOf('port-restricted-equal', 'b'), 1)
  expect(sure.targets).toHaveLength(1)
})

test('behind one NAT the other side listens', () => {
  const a = sideOf('port-restricted-equal', 'a')
  const b = { ...sideOf('port-restricted-equal', 'b'), nat: a.nat }
  const listeners = [0, 1, 2].map((failedAttempts) =>
    plansOf('tcp', a, b, failedAttempts).map(({ listener }) => listener),
  )
  expect(listeners).toEqual([
    ['remote', 'local'],
    ['local', 'remote'],
    ['remote', 'local'],
  ])
})

test('no attempt takes longer than the first', () => {
  for (const a of kinds) {
    for (const protocol of ['udp', 'tcp'] as const) {
      const bounds = [0, 1, 2, 3].map((failedAttempts) => {
        const [plan] = plansOf(
          protocol,
          sideOf(a, 'a', failedAttempts),
          sideOf('port-restricted-equal', 'b', failedAttempts),
          failedAttempts,
        )
        return plan.timing?.boundMs
      })
      expect(new Set(bounds).size).toBe(1)
    }
  }
})
