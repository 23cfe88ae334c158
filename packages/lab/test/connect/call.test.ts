import { expect, test } from '@jest/globals'
import { type HostOptions, presets, type VirtualHost, VirtualInternet } from '@p2pd/lab'
import { type Connection, formatNodeId, type Node, type PathEvent, type PeerPipe } from '@p2pd/node'
import { startStunServers } from '../../bench/nat-lab.ts'
import { far, pairOf, R_S, withNodes } from './testbed.ts'
import { virtualNode } from '../hosts/virtual-node.ts'

/** One-way delay. Two hosts have a round trip of 50 ms, and one of 100 ms through their broker. */
const DELAY_MS = 12.5
const link = { delayMs: DELAY_MS }

interface Pair {
  readonly net: VirtualInternet
  readonly alice: Node
  readonly bob: Node
  /** Round trip between the two, in milliseconds; a box in between adds its link. */
  readonly rD: number
  /** Round trip through the broker. */
  readonly rS: number
}

/** Two nodes, R_D from each other and R_S through their broker, ready to be called. */
async function withPair(
  hosts: readonly [HostOptions, HostOptions],
  play: (pair: Pair) => Promise<void>,
  seed = 1,
): Promise<void> {
  const net = new VirtualInternet({ seed })
  const brokers = [net.broker({ delayMs: DELAY_MS })]
  const [first, second] = hosts.map((options) => net.host({ link, ...options })) as [VirtualHost, VirtualHost]
  const rD = 2 * (first.delayToInternetMs + second.delayToInternetMs)
  const rS = rD + 4 * DELAY_MS
  await net.run(async () => {
    const nodes = await Promise.all(
      [first, second].map((host) => virtualNode({ net, host, brokers, echo: true })),
    )
    const [alice, bob] = nodes as [Node, Node]
    await Promise.all([alice.ready(), bob.ready()])
    await new Promise<void>((resolve) => void net.clock.at(net.clock.now() + 1000, resolve))
    try {
      await play({ net, alice, bob, rD, rS })
    } finally {
      await Promise.all(nodes.map((node) => node.close()))
    }
  })
}

async function timeOf({ alice }: Pair, target: string): Promise<Connection> {
  return (await alice.connect(target)).connection
}

test('a known address: connected and authenticated within 2.2 R_d', () =>
  withPair([{}, {}], async (pair) => {
    const { strategy, elapsedMs } = await timeOf(pair, await pair.bob.address())
    expect(strategy).toBe('direct')
    expect(elapsedMs).toBeLessThanOrEqual(2.2 * pair.rD)
  }))

test('A3: an id alone, to a public peer: within half R_s + 2.5 R_d', () =>
  withPair([{}, {}], async (pair) => {
    const { strategy, elapsedMs } = await timeOf(pair, pair.bob.id)
    expect(strategy).toBe('direct')
    expect(elapsedMs).toBeLessThanOrEqual(pair.rS / 2 + 2.5 * pair.rD)
  }))

test('A3: reverse, when only the caller is reachable: within half R_s + 2.5 R_d', () =>
  withPair([{}, { nat: presets['port-restricted-preserving'] }], async (pair) => {
    const { strategy, elapsedMs } = await timeOf(pair, pair.bob.id)
    expect(strategy).toBe('reverse')
    expect(elapsedMs).toBeLessThanOrEqual(pair.rS / 2 + 2.5 * pair.rD)
  }))

/** Milliseconds from the start of a node until it is ready. */
async function startMs(host: HostOptions, stun = false): Promise<number> {
  const net = new VirtualInternet({ seed: 1 })
  const brokers = [net.broker({ delayMs: DELAY_MS })]
  return net.run(async () => {
    const servers = stun ? await startStunServers(net, 'IPv4') : []
    const startedAt = net.clock.now()
    const node = await virtualNode({ net, host: net.host(far(host)), brokers, stun: servers })
    await node.ready()
    const readyAt = net.clock.now()
    await node.close()
    return readyAt - startedAt
  })
}

test('a node can be called 2 R_s + 100 ms after its start', async () => {
  expect(await startMs({})).toBeLessThanOrEqual(2 * R_S + 100)
})

test.each(['home', 'carrier', 'corporate', 'cloud', 'udp-firewall-equal', 'full-cone-random'] as const)(
  'behind %s it can be called 2 R_s + 100 ms after its start, with its NAT known',
  async (name) => {
    expect(await startMs({ nat: presets[name] }, true)).toBeLessThanOrEqual(2 * R_S + 100)
  },
)

test('a network that lets no UDP out makes nobody wait for more than it took to know the rest', async () => {
  expect(await startMs({ nat: presets.hotel }, true)).toBeLessThanOrEqual(2 * (2 * R_S + 100))
})

test('A13, A17: an absent peer is given up within 15 s, a dead broker within 5 s', async () => {
  const net = new VirtualInternet({ seed: 1 })
  const broker = net.broker({ delayMs: DELAY_MS })
  const absent = formatNodeId(new Uint8Array(32).fill(9))
  await net.run(async () => {
    const node = await virtualNode({ net, host: net.host({ link }), brokers: [broker] })
    await node.ready()
    await expect(node.connect(absent, { timeoutMs: 5000 })).rejects.toMatchObject({
      code: 'NODE_TIMEOUT',
      message: expect.stringMatching(/^not connected within 5 s: the peer has not answered so far/),
    })
    const startedAt = net.clock.now()
    await expect(node.connect(absent)).rejects.toMatchObject({ code: 'NODE_NO_ANSWER' })
    expect(net.clock.now() - startedAt).toBeLessThanOrEqual(15_000)
    await node.close()

    broker.up = false
    const alone = await virtualNode({ net, host: net.host({ link }), brokers: [broker] })
    const calledAt = net.clock.now()
    await expect(alone.connect(absent)).rejects.toMatchObject({ code: 'NODE_NO_BROKER' })
    expect(net.clock.now() - calledAt).toBeLessThanOrEqual(5000)
    await alone.close()
  })
})

test('two peers behind NATs that no strategy traverses: refused with every attempt named', () =>
  withPair(
    [{ nat: presets['port-restricted-equal'] }, { nat: presets['symmetric-random'] }],
    async ({ alice, bob }) => {
      const failure = await alice.connect(bob.id).catch((error: unknown) => error)
      expect(failure).toMatchObject({
        code: 'NODE_UNREACHABLE',
        report: expect.arrayContaining([
          expect.objectContaining({ strategy: 'direct', outcome: 'failed' }),
          expect.objectContaining({ strategy: 'reverse', outcome: 'skipped' }),
        ]),
      })
    },
  ))

test.each([
  [['direct', 'reverse']],
  [['reverse', 'direct']],
  [['tcp-punch', 'direct', 'reverse']],
  [['udp-punch', 'reverse', 'direct']],
] as const)('A10: of strategies that all work, the one that was put first connects: %j', (strategies) =>
  withNodes({ stun: 'IPv4', hosts: [far(), far()] }, async (testbed) => {
    const [caller, peer] = pairOf(testbed)
    const { connection } = await caller.connect(peer.id, { strategies })
    expect(connection.strategy).toBe(strategies[0])
  }),
)

test('A10: reverse alone never sends a SYN to the peer', () =>
  withPair([{}, {}], async ({ net, alice, bob }) => {
    const dialled: string[] = []
    const stop = net.tap(({ packet }) => {
      if (packet.protocol === 'tcp' && packet.flags.syn && !packet.flags.ack)
        dialled.push(packet.destination.ip)
    })
    const { connection, local } = await alice.connect(bob.id, { strategies: ['reverse'] })
    stop()
    expect(connection.strategy).toBe('reverse')
    expect(new Set(dialled)).toEqual(new Set([local.ip]))
  }))

test('A15: two nodes that call each other at once share one pipe', () =>
  withPair([{}, {}], async ({ alice, bob }) => {
    let incoming = 0
    for (const node of [alice, bob]) node.onPipe(() => void incoming++)
    const [near, far] = await Promise.all([alice.connect(bob.id), bob.connect(alice.id)])
    expect([near.local, near.remote]).toEqual([far.remote, far.local])
    expect(incoming).toBe(0)
    await near.send('hello')
    expect(new TextDecoder().decode((await far.recv({ timeoutMs: 1000 })).data)).toBe('hello')
  }))

test('A14, A18: the NIC in use goes down: its pipes go on through the other within 2 s, and new ones too', () => {
  const net = new VirtualInternet({ seed: 1 })
  const brokers = [net.broker({ delayMs: DELAY_MS })]
  const [home, office] = [net.box({ kind: 'open' }), net.box({ kind: 'open' })]
  const [first, second] = [net.host({ behind: [home, office] }), net.host({ link })]
  return net.run(async () => {
    const [alice, bob] = (await Promise.all(
      [first, second].map((host) => virtualNode({ net, host, brokers, echo: true })),
    )) as [Node, Node]
    await Promise.all([alice.ready(), bob.ready()])
    const accepted = new Promise<PeerPipe>((resolve) => alice.onPipe(resolve))
    const pipe = await bob.connect(alice.id)
    const end = await accepted
    const events: PathEvent[] = []
    const moved = new Promise<void>((resolve) => {
      end.onPathChange((event) => {
        events.push(event)
        if (event.type === 'path') resolve()
      })
    })
    const nics = await first.network.interfaces()
    const inUse = nics.find(({ addresses }) => addresses.some(({ ip }) => ip === pipe.remote?.ip))
    first.setNic(inUse?.name ?? '', 'down')
    const startedAt = net.clock.now()
    await moved
    expect(net.clock.now() - startedAt).toBeLessThanOrEqual(2000)
    expect(events.map(({ type }) => type)).toEqual(['suspended', 'resumed', 'path'])
    expect(events[0]).toMatchObject({
      reason: `the network changed: this host no longer has ${pipe.remote?.ip}`,
    })
    await pipe.send('still there')
    expect(new TextDecoder().decode((await pipe.recv({ timeoutMs: 1000 })).data)).toBe('still there')
    expect(pipe.connection.remote.ip).not.toBe(pipe.remote?.ip)
    const again = await bob.connect(alice.id)
    expect(again.remote?.ip).not.toBe(pipe.remote?.ip)
    await Promise.all([alice.close(), bob.close()])
  })
})

test('A17: one of two brokers dies in mid-offer: connecting goes on', () => {
  const net = new VirtualInternet({ seed: 1 })
  const brokers = [net.broker({ delayMs: DELAY_MS }), net.broker({ delayMs: DELAY_MS })]
  return net.run(async () => {
    const nodes = await Promise.all(
      [1, 2].map(() => virtualNode({ net, host: net.host({ link }), brokers, echo: true })),
    )
    const [alice, bob] = nodes as [Node, Node]
    await Promise.all([alice.ready(), bob.ready()])
    const connecting = alice.connect(bob.id)
    net.clock.at(net.clock.now() + 10, () => {
      for (const broker of brokers.slice(0, 1)) broker.up = false
    })
    expect((await connecting).peer).toBe(bob.id)
    await Promise.all(nodes.map((node) => node.close()))
  })
})
