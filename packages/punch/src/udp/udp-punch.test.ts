import { expect, test } from '@jest/globals'
import { formatTransportAddress, type TransportAddress } from '@p2pd/netif'
import type { PunchPlan } from '../plan/plan.ts'
import { planPunch } from '../plan/plan-punch.ts'
import { type Kind, kinds, sideOf } from '../testdata/sides.ts'
import { seededBytes } from '../testdata/random.ts'
import { UdpPunch, type UdpPunchOutput } from './udp-punch.ts'

const token = new Uint8Array(16).fill(7)
const A: TransportAddress = { ip: '192.0.2.1', port: 40_000 }
const B: TransportAddress = { ip: '198.51.100.1', port: 40_000 }

function planFor(a: Kind, b: Kind, controlling: boolean): PunchPlan {
  const [local, remote] = controlling ? [sideOf(a, 'a'), sideOf(b, 'b')] : [sideOf(b, 'b'), sideOf(a, 'a')]
  return planPunch(local, remote, { protocol: 'udp', controlling }) as PunchPlan
}
const punchFor = (a: Kind, b: Kind, controlling: boolean, seed = 1) =>
  new UdpPunch(planFor(a, b, controlling), token, seededBytes(seed + (controlling ? 0 : 1000)), 0)

const sends = (outputs: readonly UdpPunchOutput[]) =>
  outputs.flatMap((one) => (one.type === 'send' ? [one] : []))
const wakeAt = (outputs: readonly UdpPunchOutput[]) =>
  outputs.flatMap((one) => (one.type === 'wake' ? [one.at] : [])).at(-1)

/** Everything it sends when nobody answers. */
function sendAlone(machine: UdpPunch): { at: number; to: string; socket: number }[] {
  const all: { at: number; to: string; socket: number }[] = []
  let now: number | undefined = 0
  while (now !== undefined) {
    const outputs = machine.wake(now)
    for (const { to, socket } of sends(outputs)) all.push({ at: now, to: formatTransportAddress(to), socket })
    if (outputs.some(({ type }) => type === 'fail')) return all
    now = wakeAt(outputs)
  }
  return all
}

test('two machines agree on one path, and say at least three packets more', () => {
  const [a, b] = [
    punchFor('port-restricted-equal', 'port-restricted-equal', true),
    punchFor('port-restricted-equal', 'port-restricted-equal', false),
  ]
  const done: string[] = []
  let heardByB = 0
  // 25 ms one way; nothing is lost.
  const queue: { at: number; run: () => UdpPunchOutput[]; by: 'a' | 'b' }[] = [
    { at: 0, by: 'a', run: () => a.wake(0) },
    { at: 0, by: 'b', run: () => b.wake(0) },
  ]
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { at, by } = next
    for (const output of next.run()) {
      if (output.type === 'done') done.push(`${by} ${at} ${formatTransportAddress(output.remote)}`)
      else if (output.type === 'wake')
        queue.push({ at: output.at, by, run: () => (by === 'a' ? a : b).wake(output.at) })
      else if (output.type === 'send') {
        const arrival = at + 25
        if (by === 'a') heardByB++
        queue.push({
          at: arrival,
          by: by === 'a' ? 'b' : 'a',
          run: () =>
            by === 'a' ? b.receive(0, output.data, A, arrival) : a.receive(0, output.data, B, arrival),
        })
      }
    }
    queue.sort((x, y) => x.at - y.at)
  }
  expect(done).toEqual([`a 25 ${formatTransportAddress(B)}`, `b 50 ${formatTransportAddress(A)}`])
  expect(heardByB).toBeGreaterThanOrEqual(4)
})

test('a packet that comes back, a stranger and a wrong token are not the peer', () => {
  const machine = punchFor('port-restricted-equal', 'port-restricted-equal', true)
  const [probe] = sends(machine.wake(0))
  expect(machine.receive(0, probe?.data ?? new Uint8Array(), B, 10)).toEqual([])
  expect(machine.receive(0, new Uint8Array(33).fill(0xf0), B, 10)).toEqual([])
})

test.each([
  ['a first attempt nominates at once', 'port-restricted-equal', 0, true],
  ['a second attempt waits for its echo', 'port-restricted-equal', 1, false],
  ['a window waits for its echo', 'symmetric-equal', 0, false],
] as const)('a packet from an endpoint of the plan: %s', (_, kind, failedAttempts, isChosen) => {
  const [mine, theirs] = [sideOf(kind, 'a', failedAttempts), sideOf(kind, 'b', failedAttempts)]
  const plans = [true, false].map((controlling) => {
    const sides = controlling ? ([mine, theirs] as const) : ([theirs, mine] as const)
    return planPunch(...sides, { protocol: 'udp', controlling, failedAttempts }) as PunchPlan
  })
  const [caller, callee] = plans.map((plan, seed) => new UdpPunch(plan, token, seededBytes(seed), 0))
  caller?.wake(0)
  const [probe] = sends(callee?.wake(0) ?? [])
  const [target] = plans[0]?.targets ?? []
  const outputs = caller?.receive(
    target?.socket ?? 0,
    probe?.data ?? new Uint8Array(),
    target?.remote ?? B,
    10,
  )
  expect(outputs?.some(({ type }) => type === 'done')).toBe(isChosen)
})

test('an endpoint that only claims to be the peer is not chosen: it has to send back what it was sent', () => {
  const caller = punchFor('port-restricted-equal', 'port-restricted-equal', true)
  caller.wake(0)
  const [probe] = sends(punchFor('port-restricted-equal', 'port-restricted-equal', false).wake(0))
  const victim = { ip: '203.0.113.9', port: 9 }
  const outputs = caller.receive(0, probe?.data ?? new Uint8Array(), victim, 10)
  expect(outputs.some(({ type }) => type === 'done')).toBe(false)
  expect(sends(outputs)).toHaveLength(1)
})

const PAIRS: readonly (readonly [Kind, Kind])[] = [
  ['port-restricted-equal', 'port-restricted-equal'],
  ['port-restricted-equal', 'port-restricted-dependent'],
  ['port-restricted-equal', 'symmetric-independent'],
  ['symmetric-independent', 'symmetric-independent'],
  ['symmetric-equal', 'symmetric-dependent'],
  ['restricted-equal', 'symmetric-random'],
  ['port-restricted-equal', 'symmetric-random'],
]

/** The most that is sent within any second. */
function busiestSecond(all: readonly { at: number }[]): number {
  return Math.max(
    ...all.map(({ at }) => all.filter((other) => other.at >= at && other.at < at + 1000).length),
  )
}

test.each([0, 1, 2, 3])(
  'limit, attempt %d: 100 packets a second, 300 to one endpoint, openers of a birthday 4 ms apart',
  (failedAttempts) => {
    for (const [kindA, kindB] of PAIRS) {
      for (const controlling of [true, false]) {
        const sides = [sideOf(kindA, 'a', failedAttempts), sideOf(kindB, 'b', failedAttempts)] as const
        const [local, remote] = controlling ? sides : ([sides[1], sides[0]] as const)
        const plan = planPunch(local, remote, { protocol: 'udp', controlling, failedAttempts }) as PunchPlan
        const alone = sendAlone(new UdpPunch(plan, token, seededBytes(1), 0))
        const toOne = new Map<string, number>()
        for (const { to } of alone) toOne.set(to, (toOne.get(to) ?? 0) + 1)
        expect(Math.max(...toOne.values())).toBeLessThanOrEqual(300)
        if (plan.technique === 'birthday' && plan.search === undefined) {
          expect(alone).toHaveLength(256)
          expect(alone.every(({ at }, i) => at - (alone[i - 1]?.at ?? -4) >= 4)).toBe(true)
        } else {
          expect({ kindA, kindB, most: busiestSecond(alone) <= 100 }).toEqual({ kindA, kindB, most: true })
        }
      }
    }
  },
)

test('limit: inside a block of 4,096 or fewer a search makes up to 200 packets a second', () => {
  const home = sideOf('port-restricted-equal', 'a')
  const random = sideOf('symmetric-random', 'b')
  const busiest = (high: number) => {
    const block = { ...random, nat: { ...random.nat, portRange: [4096, high] as const } }
    const plan = planPunch(home, block, { protocol: 'udp', controlling: true }) as PunchPlan
    return busiestSecond(sendAlone(new UdpPunch(plan, token, seededBytes(1), 0)))
  }
  expect(busiest(8191)).toBe(200)
  expect(busiest(8192)).toBe(100)
})

test('a peer that tells thousands of endpoints, hosts and addresses is not believed', () => {
  const many = Array.from({ length: 5000 }, (_, i) => ({ ip: `198.51.${i >> 8}.${i & 255}`, port: 5000 }))
  const ips = many.map(({ ip }) => ip)
  for (const kind of kinds) {
    const liar = sideOf(kind, 'b')
    const nat = { ...liar.nat, externalAddresses: ['192.0.2.1', ...ips] }
    for (const protocol of ['udp', 'tcp'] as const) {
      const lies = { ...liar, nat, endpoints: many, hosts: many }
      const plan = planPunch(sideOf('symmetric-equal', 'a'), lies, { protocol, controlling: true })
      if (plan.technique === 'impossible') continue
      expect(plan.targets.length).toBeLessThanOrEqual(150)
      if (protocol === 'tcp') continue
      const alone = sendAlone(new UdpPunch(plan, token, seededBytes(1), 0))
      expect(alone.length).toBeLessThanOrEqual(1600)
      expect(new Set(alone.map(({ to }) => to.split(':')[0])).size).toBeLessThanOrEqual(150)
    }
  }
})

test('a search tries each port once, all in the range', () => {
  const tried = sendAlone(punchFor('port-restricted-equal', 'symmetric-random', true)).map(({ to }) => to)
  expect(tried).toHaveLength(1512)
  expect(new Set(tried).size).toBe(1512)
  for (const to of tried) expect(Number(to.split(':')[1])).toBeGreaterThanOrEqual(1024)
})

test('nobody answers: it ends at its bound', () => {
  const plan = planFor('port-restricted-equal', 'port-restricted-equal', true)
  const machine = punchFor('port-restricted-equal', 'port-restricted-equal', true)
  expect(machine.wake(plan.timing.boundMs)).toEqual([{ type: 'fail' }])
  expect(machine.wake(plan.timing.boundMs + 1)).toEqual([])
})

test('openers of a second attempt end on the way, and what follows goes all the way', () => {
  const plan = planPunch(sideOf('port-restricted-equal', 'a'), sideOf('port-restricted-equal', 'b'), {
    protocol: 'udp',
    controlling: true,
    failedAttempts: 1,
  }) as PunchPlan
  const machine = new UdpPunch(plan, token, seededBytes(1), 0)
  const sent: (readonly [at: number, ttl: number | undefined])[] = []
  for (let now = 0; now < 400; ) {
    const outputs = machine.wake(now)
    for (const { ttl } of sends(outputs)) sent.push([now, ttl])
    now = wakeAt(outputs) ?? 400
  }
  expect(sent).toEqual([0, 50, 100, 150, 200, 250, 300, 350].map((at) => [at, at < 300 ? 5 : undefined]))
  // A peer whose packet arrived before gets an answer that arrives.
  const early = new UdpPunch(plan, token, seededBytes(1), 0)
  early.wake(0)
  const [probe] = sends(punchFor('port-restricted-equal', 'port-restricted-equal', false).wake(0))
  const answers = sends(early.receive(0, probe?.data ?? new Uint8Array(), B, 10))
  expect(answers.map(({ ttl }) => ttl)).toEqual([undefined])
})
