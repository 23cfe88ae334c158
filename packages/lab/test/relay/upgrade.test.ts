import { expect, test } from '@jest/globals'
import { presets, type VirtualHost, type VirtualInternet } from '@p2pd/lab'
import type { CallOptions, PeerPipe } from '@p2pd/node'
import { far, pairOf, R_D, type Testbed, wait, withNodes } from '../connect/testbed.ts'
import { transfer } from '../hosts/transfer.ts'
import { virtualTurn } from '../hosts/virtual-turn.ts'

/** A relay is given back so long after a direct path took over. */
const GIVEN_BACK_MS = 30_000
const nat = presets['symmetric-random']

/** Alice behind a NAT with random ports; Bob behind one, too, with an open line that is not plugged in yet. */
function hosts(net: VirtualInternet): readonly VirtualHost[] {
  const { link = {} } = far({ nat })
  const alice = net.host({ name: 'alice', nat, link })
  const behind = [net.box(nat, { link }), net.box({ kind: 'open' }, { link })]
  const bob = net.host({ name: 'bob', behind })
  bob.setNic('eth1', 'down')
  return [alice, bob]
}

interface Ends {
  readonly pipes: readonly [PeerPipe, PeerPipe]
  readonly events: string[]
}

/** Two nodes with a TURN server that relays by one transport, and a pipe between them. */
function withPipe(
  transport: 'tcp' | 'udp',
  options: CallOptions,
  play: (testbed: Testbed, ends: Ends, allocations: () => number) => Promise<void>,
): Promise<void> {
  let allocations = () => 0
  const turn = async (net: VirtualInternet) => {
    const server = await virtualTurn(net)
    allocations = server.allocations
    return (host: number) => (host === 0 ? server.servers(transport) : [])
  }
  return withNodes({ hosts, turn, stun: 'IPv4', echo: false }, async (testbed) => {
    const [alice, bob] = pairOf(testbed)
    const accepted = new Promise<PeerPipe>((resolve) => bob.onPipe(resolve))
    const pipes = [await alice.connect(bob.id, options), await accepted] as const
    const events: string[] = []
    pipes[0].onPathChange((event) => void events.push(event.type === 'path' ? event.strategy : event.type))
    await play(testbed, { pipes, events }, allocations)
  })
}

/** The longest silence at Bob while Alice sends a message every 10 ms. */
async function longestSilence({ net }: Testbed, { pipes }: Ends, durationMs: number): Promise<number> {
  const [from, to] = pipes
  const arrivals: number[] = []
  const stop = to.onMessage(() => void arrivals.push(net.clock.now()))
  for (let sent = 0; sent < durationMs / 10; sent++) {
    await from.send('x')
    await wait(net.clock, 10)
  }
  await wait(net.clock, 4 * R_D) // The last ones are on their way.
  stop()
  return Math.max(...arrivals.slice(1).map((at, index) => at - (arrivals[index] ?? 0)))
}

test.each(['tcp', 'udp'] as const)(
  'G2: a pipe on a %s relay moves to a direct path without a pause; the relay is given back, and comes back',
  (transport) =>
    withPipe(transport, {}, async (testbed, ends, allocations) => {
      expect(ends.pipes.map(({ connection }) => connection.strategy)).toEqual(['relay', 'relay'])
      testbed.hosts[1]?.setNic('eth1', 'up')
      expect(await longestSilence(testbed, ends, 15_000)).toBeLessThanOrEqual(R_D)
      expect(ends.events).toEqual([expect.not.stringMatching('relay')])
      expect(allocations()).toBe(1)
      await wait(testbed.net.clock, GIVEN_BACK_MS)
      expect(allocations()).toBe(0)
      testbed.hosts[1]?.setNic('eth1', 'down')
      const { sent, arrived } = await transfer(ends.pipes, 100_000)
      expect(arrived).toEqual(sent)
      expect(ends.pipes[0].connection.strategy).toBe('relay')
    }),
)

test('G2: calls for a better path that fail leave a relayed pipe alone', () =>
  withPipe('udp', {}, async (testbed, ends) => {
    expect(await longestSilence(testbed, ends, 60_000)).toBeLessThanOrEqual(R_D)
    expect(ends.events).toEqual([])
  }))

test('G2: relay "only" stays on the relay', () =>
  withPipe('tcp', { relay: 'only' }, async (testbed, ends) => {
    testbed.hosts[1]?.setNic('eth1', 'up')
    expect(await longestSilence(testbed, ends, 20_000)).toBeLessThanOrEqual(R_D)
    expect(ends.events).toEqual([])
  }))

test('G2: with "early" a pipe opens on the relay and leaves it without a pause, before a slow punch would have opened it', async () => {
  let allocations = () => 0
  const turn = async (net: VirtualInternet) => {
    const server = await virtualTurn(net)
    allocations = server.allocations
    return (host: number) => (host === 0 ? server.servers('tcp') : [])
  }
  // A birthday search takes seconds, a relay a few round trips.
  const slow = [far({ nat: presets.home }), far({ nat })]
  await withNodes({ hosts: slow, turn, stun: 'IPv4', echo: false }, async (testbed) => {
    const [alice, bob] = pairOf(testbed)
    const accepted = new Promise<PeerPipe>((resolve) => bob.onPipe(resolve))
    const pipes = [await alice.connect(bob.id, { relay: 'early' }), await accepted] as const
    expect(pipes[0].connection).toMatchObject({ strategy: 'relay' })
    expect(pipes[0].connection.elapsedMs).toBeLessThan(1_000)
    const events: string[] = []
    pipes[0].onPathChange((event) => void events.push(event.type === 'path' ? event.strategy : event.type))
    expect(await longestSilence(testbed, { pipes, events }, 40_000)).toBeLessThanOrEqual(R_D)
    expect(events).toEqual(['udp-punch'])
    await wait(testbed.net.clock, GIVEN_BACK_MS)
    expect(allocations()).toBe(0)
  })
})
