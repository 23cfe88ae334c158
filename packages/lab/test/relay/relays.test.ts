import { expect, test } from '@jest/globals'
import { presets, type VirtualInternet } from '@p2pd/lab'
import { formatNodeId, parseAddress } from '@p2pd/node'
import { verifyEd25519 } from '@p2pd/node/node'
import { far, pairOf, R_D, R_S, wait, withNodes } from '../connect/testbed.ts'
import { transfer } from '../hosts/transfer.ts'
import { type VirtualTurn, virtualTurn } from '../hosts/virtual-turn.ts'
import { connect, RANDOM_HOSTS, type Relayed, withRelay } from './with-relay.ts'

const random = presets['symmetric-random']
const noUdp = { ...random, traffic: { passes: 'no-udp' } } as const
/** To the TURN server and back. */
const R_T = R_D

const hosts = RANDOM_HOSTS

/** A TCP relay: 3 trips for the allocation, 1 to bind the data connection. A UDP relay: 2, and one for the channel. */
test.each([
  ['TCP', 'tcp', 4],
  ['UDP', 'udp', 3],
] as const)(
  'A6: random ports on both sides: a %s relay in half R_s + 4 R_d and its trips',
  (_, transport, trips) =>
    withRelay({ hosts, transports: [[transport], []] }, async (testbed) => {
      const [{ connection }] = await connect(testbed)
      expect(connection.strategy).toBe('relay')
      expect(connection.elapsedMs).toBeLessThanOrEqual(R_S / 2 + 4 * R_D + trips * R_T)
      const reason = 'relayed, because nobody can predict the ports of this NAT'
      expect(connection.report).toContainEqual(expect.objectContaining({ outcome: 'won', reason }))
    }),
)

const SERVERS: readonly (readonly [string, Relayed])[] = [
  ['TCP allocations', { hosts }],
  ['UDP allocations over UDP', { hosts, transports: [['udp'], []] }],
  ['UDP allocations over TCP', { hosts, relaysTcp: false, transports: [['tcp'], []] }],
  [
    'UDP allocations, the caller without UDP',
    {
      hosts: [far({ nat: noUdp }), far({ nat: random })],
      relaysTcp: false,
      transports: [['udp', 'tcp'], []],
    },
  ],
  [
    'UDP allocations of both, the callee without UDP',
    {
      hosts: [far({ nat: random }), far({ nat: noUdp })],
      relaysTcp: false,
      transports: [['udp'], ['tcp']],
    },
  ],
  [
    'UDP allocations of both, nobody with UDP',
    { hosts: [far({ nat: noUdp }), far({ nat: noUdp })], relaysTcp: false, transports: [['tcp'], ['tcp']] },
  ],
]

test.each(SERVERS)('A9: %s: everything arrives, in order', (_, options) =>
  withRelay(options, async (testbed) => {
    const pipes = await connect(testbed, { strategies: ['relay'] })
    expect(pipes.map(({ connection }) => connection.strategy)).toEqual(['relay', 'relay'])
    const { sent, arrived } = await transfer(pipes, 100_000)
    expect(arrived).toEqual(sent)
  }),
)

test('A9: 5 % of the packets are lost on the legs of a UDP relay', () =>
  withRelay(
    {
      hosts: [far({ nat: random }, { loss: 0.05 }), far({ nat: random }, { loss: 0.05 })],
      transports: [['udp'], []],
    },
    async (testbed) => {
      const pipes = await connect(testbed, { strategies: ['relay'] })
      const { sent, arrived } = await transfer(pipes, 100_000)
      expect(arrived).toEqual(sent)
    },
  ))

test.each([
  ['TCP', { hosts }],
  ['UDP', { hosts, transports: [['udp'], []] }],
] as const)('A9: a pipe on a %s relay is alive after 6 idle minutes', (_, options) =>
  withRelay(options, async (testbed) => {
    const pipes = await connect(testbed, { strategies: ['relay'] })
    const moves: unknown[] = []
    for (const pipe of pipes) pipe.onPathChange((event) => void moves.push(event))
    await wait(testbed.net.clock, 360_000)
    const { sent, arrived } = await transfer(pipes, 1000)
    expect(arrived).toEqual(sent)
    expect(moves).toEqual([])
  }),
)

test.each([
  ['TCP', { hosts }],
  ['UDP', { hosts, transports: [['udp'], []] }],
] as const)('A9: the server of a %s relay is killed and started again in mid-transfer', (_, options) =>
  withRelay(options, async (testbed, turn) => {
    const pipes = await connect(testbed, { strategies: ['relay'] })
    const { clock } = testbed.net
    clock.at(
      clock.now() + 200,
      () =>
        void turn
          .kill()
          .then(() => wait(clock, 500))
          .then(() => turn.restart()),
    )
    const { sent, arrived } = await transfer(pipes, 2_000_000)
    expect(arrived).toEqual(sent)
  }),
)

test.each([
  ['TCP', { hosts, resumeMs: 5_000 }],
  ['UDP', { hosts, resumeMs: 5_000, transports: [['udp'], []] }],
] as const)('G3: the server of a %s relay stays away: both ends say that the session is lost', (_, options) =>
  withRelay(options, async (testbed, turn) => {
    const pipes = await connect(testbed, { strategies: ['relay'] })
    const ended = pipes.map((pipe) => new Promise((resolve) => pipe.onClose(resolve)))
    await pipes[0].send('before')
    await pipes[1].recv({ timeoutMs: 1000 })
    await turn.kill()
    const errors = await Promise.all(ended)
    const lost = expect.objectContaining({ code: 'PIPE_TIMEOUT' })
    expect(errors).toEqual([lost, lost])
  }),
)

test('datagrams go through a UDP relay as datagrams', () =>
  withRelay({ hosts, transports: [['udp'], []] }, async (testbed) => {
    const [near, far] = await connect(testbed, { strategies: ['relay'] })
    const received = new Promise<Uint8Array>((resolve) => far.datagrams.onMessage(resolve))
    near.datagrams.send(Uint8Array.of(1, 2, 3))
    expect([...(await received)]).toEqual([1, 2, 3])
  }))

/** Hosts behind routers that drop longer UDP packets. */
function shortUdp(maxUdpBytes: number) {
  const nat = { ...random, traffic: { maxUdpBytes } } as const
  return [far({ nat }), far({ nat })]
}

test.each([
  [1200, 0],
  [1199, 1],
])(
  'I1: routers that drop UDP above %d bytes: datagrams pass a UDP relay up to maxBytes less %d',
  (most, less) =>
    withRelay({ hosts: shortUdp(most), transports: [['udp'], []] }, async (testbed) => {
      const [near, far] = await connect(testbed, { strategies: ['relay'] })
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        const arrived: number[] = []
        to.datagrams.onMessage(({ length }) => void arrived.push(length))
        const { maxBytes } = from.datagrams
        for (const length of [maxBytes, maxBytes - 1]) from.datagrams.send(new Uint8Array(length))
        await wait(testbed.net.clock, 1000)
        expect(Math.max(...arrived)).toBe(maxBytes - less)
      }
    }),
)

test('a peer that does not answer is the reason, for its relay, too, and is given up as soon as without one', () =>
  withRelay({ hosts }, async ({ net, nodes }) => {
    const absent = formatNodeId(new Uint8Array(32).fill(9))
    const startedAt = net.clock.now()
    const failure = await nodes[0]?.connect(absent).catch((error: unknown) => error)
    expect(net.clock.now() - startedAt).toBeLessThanOrEqual(12_000)
    const reason = 'the peer has not answered, so it does not know the relay'
    expect(failure).toMatchObject({ code: 'NODE_NO_ANSWER', report: [{ strategy: 'relay', reason }] })
  }))

test('relay "never" sends nothing through one, "only" tries nothing else', () =>
  withRelay({ hosts }, async (testbed) => {
    const [alice, bob] = pairOf(testbed)
    const strategies = (report: readonly { readonly strategy: string }[]) =>
      new Set(report.map(({ strategy }) => strategy))
    const failure = (await alice.connect(bob.id, { relay: 'never' }).catch((error: unknown) => error)) as {
      report: { strategy: string }[]
    }
    expect(strategies(failure.report)).not.toContain('relay')
    const pipe = await alice.connect(bob.id, { relay: 'only' })
    expect(strategies(pipe.connection.report)).toEqual(new Set(['relay']))
    await expect(alice.connect(bob.id, { relay: 'never', strategies: ['relay'] })).rejects.toMatchObject({
      code: 'NODE_BAD_OPTION',
    })
  }))

test('a callee with relay "only" is reached by a relay alone, one with "never" by none', async () => {
  const open = [far(), far()]
  await withRelay({ hosts: open, relays: ['last', 'only'] }, async (testbed) => {
    const [near, callee] = await connect(testbed)
    expect([near, callee].map(({ connection }) => connection.strategy)).toEqual(['relay', 'relay'])
    await wait(testbed.net.clock, 20_000)
    expect(callee.connection.strategy).toBe('relay')
  })
  await withRelay({ hosts, relays: ['last', 'never'] }, async (testbed) => {
    const [alice, bob] = pairOf(testbed)
    await expect(alice.connect(bob.id)).rejects.toMatchObject({ code: 'NODE_UNREACHABLE' })
  })
})

test('no relayed address is in the public address or among the candidates of a node', () =>
  withRelay({ hosts }, async (testbed) => {
    await connect(testbed, { strategies: ['relay'] })
    for (const node of testbed.nodes) {
      expect(node.candidates().filter(({ kind }) => kind === 'relayed')).toEqual([])
      const { candidates } = parseAddress(await node.address(), verifyEd25519)
      expect(candidates.filter(({ kind }) => kind === 'relayed')).toEqual([])
    }
  }))

test('of four servers the caller asks those that the peer has, too, though others are nearer', async () => {
  const servers: VirtualTurn[] = []
  const turn = async (net: VirtualInternet) => {
    for (const delayMs of [80, 60, 5, 40]) servers.push(await virtualTurn(net, { relaysTcp: false, delayMs }))
    const shared = [servers[0], servers[3]]
    return (host: number) => (host === 0 ? servers : shared).flatMap((server) => server?.servers('tcp') ?? [])
  }
  const callers = [far({ nat: noUdp }), far({ nat: random })]
  await withNodes({ hosts: callers, stun: 'IPv4', echo: false, turn }, async (testbed) => {
    const [{ connection }] = await connect(testbed, { relay: 'only' })
    expect(connection.local?.ip).toBe(servers[3]?.host.ip)
    expect(servers.map((server) => server.made())).toEqual([expect.any(Number), 0, 0, 1])
  })
})

test('of four servers two are asked at most, the nearest one carries the pipe, and both peers use it', async () => {
  const servers: VirtualTurn[] = []
  const turn = async (net: VirtualInternet) => {
    for (const delayMs of [80, 60, 5, 40]) servers.push(await virtualTurn(net, { relaysTcp: false, delayMs }))
    return () => servers.flatMap((server) => server.servers('tcp'))
  }
  const blocked = [far({ nat: noUdp }), far({ nat: noUdp })]
  await withNodes({ hosts: blocked, stun: 'IPv4', echo: false, turn }, async (testbed) => {
    const [{ connection }] = await connect(testbed, { relay: 'only' })
    const nearest = servers[2]?.host.ip
    expect([connection.local?.ip, connection.remote?.ip]).toEqual([nearest, nearest])
    expect(servers.filter((server) => server.allocations() > 0)).toHaveLength(1)
    expect(servers.map((server) => server.made())).toEqual([0, 0, 2, expect.any(Number)])
  })
})
