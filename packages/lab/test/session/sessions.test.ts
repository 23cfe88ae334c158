import { expect, test } from '@jest/globals'
import { presets, type VirtualHost, type VirtualInternet } from '@p2pd/lab'
import type { CallOptions, PeerPipe } from '@p2pd/node'
import { transfer } from '../hosts/transfer.ts'
import { virtualNode } from '../hosts/virtual-node.ts'
import { pairOf, type Testbed, type TestbedOptions, wait, withNodes } from '../connect/testbed.ts'

/** 2 MB each way take 2 s and more on these lines. */
const LENGTH = 2_000_000
const link = { delayMs: 12.5, bitsPerSecond: 8_000_000 }

/** Two hosts with two open lines each, of which one is plugged in. */
function movable(net: VirtualInternet): readonly VirtualHost[] {
  return ['alice', 'bob'].map((name) => {
    const lines = [net.box({ kind: 'open' }, { link }), net.box({ kind: 'open' }, { link })]
    const host = net.host({ name, behind: lines })
    host.setNic('eth1', 'down')
    return host
  })
}

/** Gives a host another address. */
function renumber(host: VirtualHost | undefined): void {
  host?.setNic('eth0', 'down')
  host?.setNic('eth1', 'up')
}

interface Ends {
  readonly pipes: readonly [PeerPipe, PeerPipe]
  /** Changes of the path, at either end. */
  readonly events: string[]
}

async function connect(testbed: Testbed, options: CallOptions = {}): Promise<Ends> {
  const [alice, bob] = pairOf(testbed)
  const accepted = new Promise<PeerPipe>((resolve) => bob.onPipe(resolve))
  const pipes = [await alice.connect(bob.id, options), await accepted] as const
  const events: string[] = []
  for (const [name, node] of [
    ['alice', alice],
    ['bob', bob],
  ] as const) {
    node.onEvent((event) => void events.push(`${name}: ${event.type}`))
  }
  return { pipes, events }
}

/** Runs a transfer, and something 500 ms after its start. */
async function expectTransfer(testbed: Testbed, { pipes }: Ends, disturb: () => unknown): Promise<number> {
  const { clock } = testbed.net
  const startedAt = clock.now()
  clock.at(startedAt + 500, () => void disturb())
  const { sent, arrived } = await transfer(pipes, LENGTH)
  expect(arrived).toEqual(sent)
  return clock.now() - startedAt
}

const keys = [1, 2].map((byte) => new Uint8Array(32).fill(byte))
const movables: TestbedOptions = { hosts: movable, echo: false }

test("G1: the caller's NIC gets another address in mid-transfer: everything arrives, once and in order", () =>
  withNodes(movables, async (testbed) => {
    const ends = await connect(testbed)
    await expectTransfer(testbed, ends, () => renumber(testbed.hosts[0]))
    expect(ends.events).toEqual(expect.arrayContaining(['alice: suspended', 'alice: resumed', 'alice: path']))
    expect(ends.pipes.map(({ connection }) => connection.remote.ip)).toEqual([
      testbed.hosts[1]?.addresses[0],
      testbed.hosts[0]?.addresses[1],
    ])
  }))

test('G1: both ends move at once', () =>
  withNodes(movables, async (testbed) => {
    const ends = await connect(testbed)
    await expectTransfer(testbed, ends, () => testbed.hosts.forEach(renumber))
    expect(ends.pipes.map(({ connection }) => connection.remote.ip)).toEqual([
      testbed.hosts[1]?.addresses[1],
      testbed.hosts[0]?.addresses[1],
    ])
  }))

test('G1: both ends move at once, and all brokers but one die', () =>
  withNodes({ ...movables, brokers: 3 }, async (testbed) => {
    const ends = await connect(testbed)
    await expectTransfer(testbed, ends, () => {
      testbed.hosts.forEach(renumber)
      for (const broker of testbed.brokers.slice(1)) broker.up = false
    })
  }))

test.each(['direct', 'reverse', 'tcp-punch', 'udp-punch'] as const)(
  'G1: the NATs restart under a path by %s',
  (strategy) => {
    const nat = presets['port-restricted-preserving']
    const hosts = [
      { nat: strategy === 'reverse' ? ({ kind: 'open' } as const) : nat, link },
      { nat: strategy === 'direct' ? ({ kind: 'open' } as const) : nat, link },
    ]
    return withNodes({ hosts, stun: 'IPv4', echo: false }, async (testbed) => {
      const ends = await connect(testbed, { strategies: [strategy] })
      await expectTransfer(testbed, ends, () => {
        for (const { box } of testbed.hosts) box?.restart()
      })
      // Either end may have called again, and one's `direct` is the other's `reverse`.
      const allowed = strategy.includes('punch') ? [strategy] : ['direct', 'reverse']
      for (const { connection } of ends.pipes) expect(allowed).toContain(connection.strategy)
    })
  },
)

test('G1: 20 s of total loss', () =>
  withNodes(movables, async (testbed) => {
    const ends = await connect(testbed)
    const line = testbed.hosts[0]?.box?.link
    if (line === undefined) throw new Error('no line')
    const tookMs = await expectTransfer(testbed, ends, async () => {
      line.up = false
      await wait(testbed.net.clock, 20_000)
      line.up = true
    })
    expect(tookMs).toBeLessThan(40_000)
  }))

test('G1: a lid closed for 5 minutes', () =>
  withNodes({ ...movables, resumeMs: 600_000 }, async (testbed) => {
    const ends = await connect(testbed)
    const tookMs = await expectTransfer(testbed, ends, async () => {
      testbed.hosts[0]?.setNic('eth0', 'down')
      await wait(testbed.net.clock, 300_000)
      testbed.hosts[0]?.setNic('eth0', 'up')
    })
    expect(tookMs).toBeLessThan(310_000)
  }))

/** The error with which a pipe ends, and when. */
function endOf({ net }: Testbed, pipe: PeerPipe): Promise<{ readonly error: unknown; readonly at: number }> {
  return new Promise((resolve) =>
    pipe.onClose((error) => resolve({ error: error?.cause ?? error, at: net.clock.now() })),
  )
}

test('G3: without a path a session ends after its time, with one error at each end', () =>
  withNodes({ ...movables, resumeMs: 20_000 }, async (testbed) => {
    const { pipes } = await connect(testbed)
    const endings = pipes.map((pipe) => endOf(testbed, pipe))
    await pipes[0].send('before')
    await pipes[1].recv({ timeoutMs: 1000 })
    await wait(testbed.net.clock, 1000)
    const cutAt = testbed.net.clock.now()
    testbed.hosts.forEach((host) => host.setNic('eth0', 'down'))
    await pipes[0].send('after')
    const ends = await Promise.all(endings)
    expect(ends.map(({ error }) => error)).toEqual([
      expect.objectContaining({ code: 'SESSION_LOST', unacknowledgedBytes: 5 }),
      expect.objectContaining({ code: 'SESSION_LOST', unacknowledgedBytes: 0 }),
    ])
    for (const { at } of ends) expect(at - cutAt).toBeLessThan(24_000)
  }))

test('G3, G4: a peer that was restarted does not know the session: one error at once', () =>
  withNodes({ ...movables, keys }, async (testbed) => {
    const { net, hosts, nodes, brokers } = testbed
    const { pipes } = await connect(testbed)
    const ended = endOf(testbed, pipes[0])
    // The peer is cut off and gone; a node with the same keys starts at another address.
    hosts[1]?.setNic('eth0', 'down')
    await nodes[1]?.close()
    const host = net.host({ link })
    const again = await virtualNode({ net, host, brokers, echo: true, ...(keys[1] && { seed: keys[1] }) })
    await again.ready()
    const restartedAt = net.clock.now()
    await pipes[0].send('who is there')
    const { error, at } = await ended
    expect(error).toMatchObject({ code: 'SESSION_UNKNOWN', unacknowledgedBytes: 12 })
    expect(at - restartedAt).toBeLessThan(5000)
    await again.close()
  }))
