import { expect, test } from '@jest/globals'
import { presets, type VirtualInternet } from '@p2pd/lab'
import { type NodeEvent, parseAddress } from '@p2pd/node'
import { verifyEd25519 } from '@p2pd/node/node'
import { pairOf, wait, withNodes } from './testbed.ts'

const link = { delayMs: 12.5 }

/** The time in which a node has to notice a change of its network. */
const NOTICE_MS = 2000

/** A host on the Internet, and one with two NICs, the second without a cable. */
function withSpareNic(net: VirtualInternet) {
  const boxes = [net.box({ kind: 'open' }, { link }), net.box({ kind: 'open' }, { link })]
  const bob = net.host({ name: 'bob', behind: boxes })
  bob.setNic('eth1', 'down')
  return [net.host({ link }), bob] as const
}

test('A14: within 2 s after a NIC came up the node reports it, and address, record and answers have it', () =>
  withNodes({ hosts: withSpareNic }, async ({ net, hosts, nodes }) => {
    const [alice, bob] = nodes
    const fresh = hosts[1]?.addresses[1] ?? ''
    const events: NodeEvent[] = []
    bob?.onEvent((event) => void events.push(event))
    hosts[1]?.setNic('eth1', 'up')
    hosts[1]?.setNic('eth0', 'down')
    await wait(net.clock, NOTICE_MS)
    expect(events).toContainEqual({
      type: 'network-changed',
      interfaces: expect.arrayContaining([expect.objectContaining({ name: 'eth1', up: true })]),
    })
    const { candidates } = parseAddress((await bob?.address()) ?? '', verifyEd25519)
    expect(candidates.map(({ ip }) => ip)).toEqual([fresh])
    const pipe = await alice?.connect(bob?.id ?? '', { strategies: ['direct'] })
    expect(pipe?.remote?.ip).toBe(fresh)
    // Half R_s, 2 R_d and the LAN. With a stale record the answer would have cost half a trip more.
    expect(pipe?.connection.elapsedMs).toBeLessThan(175)
  }))

test('a change of the network does not affect pipes whose path still exists, dialled or punched', () => {
  const hosts = (net: VirtualInternet) => {
    const home = net.box(presets['port-restricted-equal'], { link })
    const spare = net.box({ kind: 'open' }, { link })
    const bob = net.host({ name: 'bob', behind: [home, spare] })
    bob.setNic('eth1', 'down')
    return [net.host({ nat: presets['symmetric-random'], link }), bob]
  }
  return withNodes({ hosts, stun: 'IPv4' }, async (testbed) => {
    const [alice, bob] = pairOf(testbed)
    const pipes = [
      await bob.connect('self'),
      await alice.connect(bob.id, { strategies: ['udp-punch'] }),
      await bob.connect(alice.id, { strategies: ['udp-punch'] }),
    ]
    testbed.hosts[1]?.setNic('eth1', 'up')
    await wait(testbed.net.clock, NOTICE_MS)
    expect(pipes.map(({ closed }) => closed)).toEqual([false, false, false])
    for (const pipe of pipes) {
      await pipe.send('still there')
      expect(new TextDecoder().decode((await pipe.recv({ timeoutMs: 1000 })).data)).toBe('still there')
    }
  })
})

test('a node counts its calls, attempts, offers and pipes', () =>
  withNodes({ hosts: [{ link }, { link }] }, async (testbed) => {
    const [alice, bob] = pairOf(testbed)
    await alice.connect(bob.id, { strategies: ['direct'] })
    await expect(alice.connect(bob.id, { strategies: ['relay'] })).rejects.toMatchObject({
      code: 'NODE_UNREACHABLE',
    })
    expect(alice.counters()).toEqual(
      expect.arrayContaining([
        { name: 'calls', labels: { outcome: 'connected' }, value: 1 },
        { name: 'calls', labels: { outcome: 'NODE_UNREACHABLE' }, value: 1 },
        { name: 'attempts', labels: { strategy: 'direct', outcome: 'won' }, value: 1 },
        { name: 'attempts', labels: { strategy: 'relay', outcome: 'skipped' }, value: 1 },
        { name: 'pipes', labels: { direction: 'out', strategy: 'direct' }, value: 1 },
      ]),
    )
    expect(bob.counters()).toContainEqual({ name: 'offers', labels: { attempt: '0' }, value: 2 })
    expect(bob.counters()).toContainEqual({
      name: 'pipes',
      labels: { direction: 'in', strategy: 'direct' },
      value: 1,
    })
  }))
