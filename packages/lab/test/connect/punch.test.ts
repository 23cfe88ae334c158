import { expect, test } from '@jest/globals'
import { type BoxSettings, type PresetName, presets } from '@p2pd/lab'
import type { CallOptions, Connection } from '@p2pd/node'
import { startStunServers } from '../../bench/nat-lab.ts'
import { virtualNode } from '../hosts/virtual-node.ts'
import { far, pairOf, R_D, R_S, wait, type Testbed, withNodes } from './testbed.ts'

/** Two nodes, each behind its own box. */
function behind(boxes: readonly [BoxSettings | undefined, BoxSettings | undefined], seed = 1) {
  return { seed, stun: 'IPv4' as const, hosts: boxes.map((nat) => far(nat === undefined ? {} : { nat })) }
}

/** Connects and expects an echo. */
async function call(testbed: Testbed, options: CallOptions = {}): Promise<Connection> {
  const [alice, bob] = pairOf(testbed)
  const pipe = await alice.connect(bob.id, options)
  await pipe.send('hello')
  const { data } = await pipe.recv({ timeoutMs: 5000 })
  expect(new TextDecoder().decode(data)).toBe('hello')
  await pipe.close()
  return pipe.connection
}

const cones = ['full-cone', 'restricted', 'port-restricted'] as const
const deltas = ['equal', 'preserving', 'independent', 'dependent'] as const
const preset = (name: string) => presets[name as keyof typeof presets] as BoxSettings

/** Each pair of cones with one of the deltas; `../punch/cones.test.ts` has all deltas, 20 times each, without nodes. */
const conePairs = cones.flatMap((a, row) =>
  cones.map((b, column) => [a, b, deltas[(row + column) % deltas.length]] as const),
)

test.each(conePairs)('A4: TCP through %s and %s, ports %s', (a, b, delta) =>
  withNodes(behind([preset(`${a}-${delta}`), preset(`${b}-${delta}`)]), async (testbed) => {
    const { strategy } = await call(testbed, { strategies: ['tcp-punch'] })
    expect(strategy).toBe('tcp-punch')
  }),
)

test('easy pairs: p50 authenticated at the caller within 1.3 times half R_s + 2 R_d', async () => {
  const times: number[] = []
  for (let seed = 1; seed <= 11; seed++) {
    await withNodes(behind([presets.home, presets['restricted-preserving']], seed), async (testbed) => {
      times.push((await call(testbed)).elapsedMs)
    })
  }
  const p50 = times.sort((a, b) => a - b)[5] ?? Number.NaN
  // The floor of TCP; UDP between two known mappings needs half a round trip less.
  expect(p50).toBeLessThanOrEqual(R_S / 2 + 2 * R_D)
})

test('A6: two NATs with random ports cannot be punched: reported at once', () =>
  withNodes(behind([preset('symmetric-random'), preset('symmetric-random')]), async (testbed) => {
    const [alice, bob] = pairOf(testbed)
    const startedAt = testbed.net.clock.now()
    const failure: unknown = await alice
      .connect(bob.id, { strategies: ['tcp-punch', 'udp-punch'] })
      .catch((error: unknown) => error)
    expect(testbed.net.clock.now() - startedAt).toBeLessThanOrEqual(2 * R_S)
    const reason = expect.stringMatching(/random port for each peer/)
    expect(failure).toMatchObject({
      code: 'NODE_UNREACHABLE',
      report: [
        { strategy: 'tcp-punch', outcome: 'skipped', reason },
        { strategy: 'udp-punch', outcome: 'skipped', reason },
      ],
    })
  }))

test('a plain connection is preferred where one is possible', () =>
  withNodes(behind([presets.home, undefined]), async (testbed) => {
    expect((await call(testbed)).strategy).toBe('direct')
  }))

test('a port that its NAT forwards is dialled at the external address', () =>
  withNodes(
    { ...behind([presets.home, preset('full-cone-equal')]), port: 4000, map: 4000 },
    async (testbed) => {
      const [alice, bob] = pairOf(testbed)
      const pipe = await alice.connect(bob.id)
      expect(pipe.connection.strategy).toBe('direct')
      expect(pipe.remote).toEqual({ ip: testbed.hosts[1]?.box?.external?.[0], port: 4000 })
    },
  ))

test('a call that nothing but a punch can connect waits for a NAT that is discovered slowly', () => {
  // Eight round trips to the STUN servers take longer than 1.5 s.
  const slow = { nat: presets.home, link: { delayMs: 250 } }
  const hosts = [slow, far({ nat: presets.home })]
  return withNodes({ stun: 'IPv4', hosts, idleMs: 0 }, async (testbed) => {
    expect(testbed.nodes[0]?.natReports()).toEqual([])
    expect((await call(testbed, { strategies: ['tcp-punch'] })).strategy).toBe('tcp-punch')
  })
})

test('what worked last time is tried first', () =>
  withNodes(behind([presets.home, presets.home]), async (testbed) => {
    const first = await call(testbed)
    const second = await call(testbed)
    // The caller nominates a path over UDP half a round trip before TCP is open.
    expect([first.strategy, second.strategy]).toEqual(['udp-punch', 'udp-punch'])
    expect(second.elapsedMs).toBeLessThanOrEqual(first.elapsedMs)
  }))

test('calls one after another each have their own mapping', () =>
  withNodes(behind([presets.home, presets['restricted-equal']]), async (testbed) => {
    for (let i = 0; i < 5; i++)
      expect((await call(testbed, { strategies: ['tcp-punch'] })).strategy).toBe('tcp-punch')
  }))

test('A15: two nodes behind NATs that call each other at once share one pipe', () =>
  withNodes(behind([presets.home, presets.home]), async (testbed) => {
    const [alice, bob] = pairOf(testbed)
    let incoming = 0
    for (const node of [alice, bob]) node.onPipe(() => void incoming++)
    const [near, far] = await Promise.all([alice.connect(bob.id), bob.connect(alice.id)])
    await near.send('hello')
    expect(new TextDecoder().decode((await far.recv({ timeoutMs: 1000 })).data)).toBe('hello')
    await wait(testbed.net.clock, 30_000)
    expect(incoming).toBe(0)
  }))

test('without a STUN server nothing is punched, and the report says why', () =>
  withNodes({ hosts: [far({ nat: presets.home }), far({ nat: presets.home })] }, async (testbed) => {
    const [alice, bob] = pairOf(testbed)
    await expect(alice.connect(bob.id, { strategies: ['tcp-punch'] })).rejects.toMatchObject({
      report: [{ strategy: 'tcp-punch', outcome: 'skipped', reason: 'no STUN server is configured' }],
    })
  }))

test("the caller knows the offset of the peer's clock", () =>
  withNodes(behind([presets.home, presets.home]), async (testbed) => {
    const { clockOffset } = await call(testbed)
    expect(Math.abs(clockOffset?.offsetMs ?? Number.NaN)).toBeLessThanOrEqual(clockOffset?.errorMs ?? 0)
  }))

const easy = ['udp-firewall', 'full-cone-random', 'restricted-preserving', 'port-restricted-equal']
const predictable = deltas.map((delta) => `symmetric-${delta}`)

test.each([
  ...easy.map((a) => [a, 'port-restricted-preserving'] as const),
  ...predictable.flatMap((a) => [
    [a, 'port-restricted-equal'] as const,
    ['restricted-random', a] as const,
    [a, 'symmetric-equal'] as const,
  ]),
  ['symmetric-random', 'restricted-equal'],
])('A5: UDP through %s and %s', (a, b) =>
  withNodes(behind([preset(a), preset(b)]), async (testbed) => {
    const { strategy } = await call(testbed, { strategies: ['udp-punch'] })
    expect(strategy).toBe('udp-punch')
  }),
)

test.each([
  ['symmetric-random', 'port-restricted-equal'],
  ['port-restricted-preserving', 'symmetric-random'],
])('A5: UDP by birthday: %s and %s', (a, b) =>
  withNodes(behind([preset(a), preset(b)]), async (testbed) => {
    const { strategy, elapsedMs } = await call(testbed, { strategies: ['udp-punch'] })
    expect(strategy).toBe('udp-punch')
    expect(elapsedMs).toBeLessThanOrEqual(20_000)
  }),
)

/** A home whose node has been idle, and a host behind this NAT whose node calls it as its first act. */
async function coldCall(nat: PresetName): Promise<{ strategy: string; tookMs: number }> {
  let called = { strategy: '', tookMs: 0 }
  const hosts = [far({ nat: presets.home })]
  await withNodes({ stun: 'IPv4', hosts }, async ({ net, nodes, brokers }) => {
    const stun = await startStunServers(net, 'IPv4')
    const host = net.host(far({ nat: presets[nat] }))
    const node = await virtualNode({ net, host, brokers, stun })
    const startedAt = net.clock.now()
    const { connection } = await node.connect(nodes[0]?.id ?? '')
    called = { strategy: connection.strategy, tookMs: net.clock.now() - startedAt }
    await node.close()
  })
  return called
}

test.each(['home', 'full-cone-equal'] as const)(
  'the first call of a new node behind %s does not wait for the discovery of the NAT',
  async (nat) => {
    const { strategy, tookMs } = await coldCall(nat)
    expect(strategy).toBe('udp-punch')
    // One mapping is asked for first, and the tests of a NAT would take eight round trips.
    expect(tookMs).toBeLessThan(R_S / 2 + 3 * R_D)
  },
)

test.each(['symmetric-independent', 'port-block', 'shared-counter'] as const)(
  'the first call of a new node behind %s connects when the NAT is known',
  async (nat) => {
    expect(await coldCall(nat)).toMatchObject({ strategy: 'udp-punch' })
  },
)
