import { expect, test } from '@jest/globals'
import type { PunchPlan } from './plan.ts'
import { planPunch } from './plan-punch.ts'
import type { LocalSide } from './side.ts'
import { type Kind, kinds, sideOf } from '../testdata/sides.ts'

/**
 * The whole table: a row for each caller, a letter for each peer, in the order of `kinds`.
 * k: known mappings, o: open, then listen, w: window, b: birthday, .: impossible.
 */
const EASY = 'k'.repeat(25)
const row = (symmetric: string) => `${EASY}${symmetric}.....`
const UDP: Readonly<Record<string, string>> = {
  open: row('ooooo'),
  'udp-firewall': row('wwwwb'),
  'full-cone': row('ooooo'),
  restricted: row('ooooo'),
  'port-restricted': row('wwwwb'),
  symmetric: 'ooooowwwwwoooooooooowwwwwwwww......',
  'symmetric-random': 'ooooobbbbboooooooooobbbbb..........',
  blocked: '.'.repeat(35),
}
const TCP: Readonly<Record<string, string>> = {
  ...UDP,
  'udp-firewall': row('wwww.'),
  'port-restricted': row('wwww.'),
  'symmetric-random': 'ooooo.....oooooooooo...............',
}
const LETTERS = {
  'known-mappings': 'k',
  'open-then-listen': 'o',
  window: 'w',
  birthday: 'b',
  impossible: '.',
} as const

const plansOf = (protocol: 'udp' | 'tcp', a: LocalSide, b: LocalSide) => [
  planPunch(a, b, { protocol, controlling: true }),
  planPunch(b, a, { protocol, controlling: false }),
]
const isPlan = (plan: unknown): plan is PunchPlan =>
  (plan as PunchPlan).technique !== ('impossible' as string)

test.each(['udp', 'tcp'] as const)(
  '%s: the technique of every pair of the 35 x 35, the same from both sides',
  (protocol) => {
    const table = protocol === 'udp' ? UDP : TCP
    for (const a of kinds) {
      const letters = kinds.map((b) => {
        const [mine, theirs] = plansOf(protocol, sideOf(a, 'a'), sideOf(b, 'b'))
        expect(theirs?.technique).toBe(mine?.technique)
        return LETTERS[mine?.technique ?? 'impossible']
      })
      expect({ a, letters: letters.join('') }).toEqual({
        a,
        letters: table[a] ?? table[a.slice(0, a.lastIndexOf('-'))],
      })
    }
  },
)

/** External ports in the order in which a NAT would make mappings for a plan's targets. */
function portsUsed({ targets }: PunchPlan, side: LocalSide): Map<string, number> {
  const used = new Map<string, number>()
  for (const { socket, remote } of targets) {
    const port = side.endpoints[socket]?.port
    if (port !== undefined) used.set(`${port} > ${remote.port}`, port)
  }
  return used
}

test('the halves meet: some packet of each side leaves from the port that the other sends to', () => {
  for (const protocol of ['udp', 'tcp'] as const) {
    for (const a of kinds) {
      for (const b of kinds) {
        const [sideA, sideB] = [sideOf(a, 'a'), sideOf(b, 'b')]
        const [mine, theirs] = plansOf(protocol, sideA, sideB)
        if (!isPlan(mine) || !isPlan(theirs) || !['known-mappings', 'window'].includes(mine.technique))
          continue
        const there = [...portsUsed(mine, sideA).keys()]
        const back = new Set(portsUsed(theirs, sideB).keys())
        const meeting = there.filter((hop) => back.has(hop.split(' > ').toReversed().join(' > ')))
        expect({ a, b, meeting: meeting.length > 0 }).toEqual({ a, b, meeting: true })
      }
    }
  }
})

test('one side controls; both know whether it waits to hear; a single side listens', () => {
  for (const a of kinds) {
    for (const b of kinds) {
      const [mine, theirs] = plansOf('tcp', sideOf(a, 'a'), sideOf(b, 'b'))
      if (!isPlan(mine) || !isPlan(theirs)) continue
      expect([mine.controlling, theirs.controlling]).toEqual([true, false])
      expect(theirs.confirms).toBe(mine.confirms)
      const listeners = [mine.listener, theirs.listener].toSorted()
      expect(listeners).toEqual(
        mine.technique === 'open-then-listen' ? ['local', 'remote'] : ['none', 'none'],
      )
    }
  }
})

/** Predicted ports, with the counter moved on by `drift` of others' mappings. */
const drifted = (side: LocalSide, drift: number): LocalSide => ({
  ...side,
  endpoints: side.endpoints.map(({ ip, port }) => ({ ip, port: port + drift * side.nat.delta.value })),
})

test('a window holds when others move the counters: 7 on both sides, 15 on one', () => {
  const kindsOfCounter: readonly Kind[] = ['symmetric-independent', 'symmetric-dependent']
  for (const kind of kindsOfCounter) {
    const [a, b, home] = [sideOf(kind, 'a'), sideOf(kind, 'b'), sideOf('port-restricted-equal', 'b')]
    const meet = (left: LocalSide, right: LocalSide, driftLeft: number, driftRight: number) => {
      const [mine, theirs] = plansOf('udp', left, right) as [PunchPlan, PunchPlan]
      const there = [...portsUsed(mine, drifted(left, driftLeft)).keys()]
      const back = new Set(portsUsed(theirs, drifted(right, driftRight)).keys())
      return there.some((hop) => back.has(hop.split(' > ').toReversed().join(' > ')))
    }
    for (let i = 0; i < 8; i++)
      for (let j = 0; j < 8; j++) expect({ i, j, meets: meet(a, b, i, j) }).toEqual({ i, j, meets: true })
    for (let i = 0; i < 16; i++) expect({ i, meets: meet(a, home, i, 0) }).toEqual({ i, meets: true })
    expect(meet(a, home, 16, 0)).toBe(false)
  }
})

test('a birthday is sized by the ports that were observed', () => {
  const home = sideOf('port-restricted-equal', 'a')
  const random = sideOf('symmetric-random', 'b')
  const block = { ...random, nat: { ...random.nat, portRange: [4096, 5119] as const } }
  const [search, open] = plansOf('udp', home, random) as [PunchPlan, PunchPlan]
  const [searchBlock, openBlock] = plansOf('udp', home, block) as [PunchPlan, PunchPlan]
  expect([search.search?.probes, open.sockets.length]).toEqual([1512, 256])
  expect([searchBlock.search?.probes, openBlock.sockets.length]).toEqual([144, 64])
  expect(open.timing).toMatchObject({ pacingMs: 4, repeatMs: 0 })
  expect(search.search?.pacingMs).toBe(10)
  expect(search.timing.boundMs).toBeLessThan(21_000)
  // Both sides give up together: after a search of a block the second attempt follows soon.
  for (const [one, other] of [
    [search, open],
    [searchBlock, openBlock],
  ] as const)
    expect(one.timing.boundMs).toBe(other.timing.boundMs)
  expect(openBlock.timing.boundMs).toBeLessThan(6000)
})

test('peers behind one NAT meet inside, whatever it is', () => {
  for (const kind of kinds) {
    const a = sideOf(kind, 'a')
    const b = { ...sideOf(kind, 'b'), nat: a.nat }
    const [mine] = plansOf('udp', a, b) as [PunchPlan]
    expect(mine.technique).not.toBe('birthday')
    expect(mine.targets).toContainEqual({ socket: 0, remote: b.hosts[0] })
    expect(mine.confirms).toBe(true)
    const tcp = plansOf('tcp', a, b) as PunchPlan[]
    expect(tcp.map(({ listener }) => listener).toSorted()).toEqual(['local', 'remote'])
  }
})

test('I1: of two neighbours without a NAT one listens over TCP, since their dials never cross', () => {
  const at = (name: 'a' | 'b', ip: string, external = ip): LocalSide => {
    const side = sideOf('udp-firewall-equal', name)
    const [here] = [{ ip, port: 5000 }]
    return {
      nat: { ...side.nat, externalAddresses: [external] },
      locals: [here],
      hosts: [here],
      endpoints: [{ ip: external, port: 5000 }],
    }
  }
  const listeners = (a: LocalSide, b: LocalSide) =>
    (plansOf('tcp', a, b) as PunchPlan[]).map(({ listener }) => listener)
  expect(listeners(at('a', '10.77.0.5'), at('b', '10.77.0.1'))).toEqual(['remote', 'local'])
  expect(listeners(at('a', '2001:db8::5'), at('b', '2001:db8::1'))).toEqual(['remote', 'local'])
  expect(listeners(at('a', '10.77.0.5'), at('b', '10.77.1.1'))).toEqual(['none', 'none'])
  expect(listeners(at('a', '10.77.0.5', '192.0.2.1'), at('b', '10.77.0.1'))).toEqual(['none', 'none'])
})

test('what is not known is said', () => {
  const home = sideOf('port-restricted-equal', 'a')
  const unseen = { ...sideOf('port-restricted-equal', 'b'), endpoints: [] }
  const [plan] = plansOf('udp', home, unseen)
  expect(plan).toEqual({
    protocol: 'udp',
    technique: 'impossible',
    reason: 'no external endpoint of the peer is known',
  })
})

test('behind a counter the row is as long as it takes to the endpoint at which the peer aims', () => {
  const context = { protocol: 'udp', controlling: true } as const
  const socketsWith = (lead: number, peer: Kind = 'symmetric-independent') => {
    const plan = planPunch({ ...sideOf('symmetric-independent', 'a'), lead }, sideOf(peer, 'b'), context)
    return plan.technique === 'impossible' ? 0 : plan.sockets.length
  }
  expect([0, -3, 4].map((lead) => socketsWith(lead))).toEqual([8, 5, 12])
  // Past that endpoint one socket is left; a peer with a known mapping aims at the last endpoint as well.
  expect([socketsWith(-9), socketsWith(-9, 'port-restricted-equal')]).toEqual([1, 7])
  expect(socketsWith(40)).toBe(16)
})
