import { expect, test } from '@jest/globals'
import { startStunServer } from '@p2pd/infra'
import { type NatSettings, presets, VirtualInternet } from '@p2pd/lab'
import type { Node } from '@p2pd/node'
import { far, pairOf, wait, withNodes } from './testbed.ts'
import { virtualNode } from '../hosts/virtual-node.ts'

/** A NAT that forgets an idle mapping before its refresh, and then assigns another port. */
const forgetful: NatSettings = {
  ...(presets['port-restricted-random'] as NatSettings),
  lifetimes: { idleMs: 4000, establishedMs: 4000 },
}

test.each([['udp-punch'], ['tcp-punch']] as const)(
  'a mapping that a NAT forgot before it was used: the second attempt of %s, with fresh ones, connects',
  (strategy) =>
    withNodes(
      { stun: 'IPv4', hosts: [far({ nat: forgetful }), far({ nat: presets.home })] },
      async (testbed) => {
        const [alice, bob] = pairOf(testbed)
        await wait(testbed.net.clock, 10_000)
        const { connection } = await alice.connect(bob.id, { strategies: [strategy] })
        const outcomes = connection.report.map(({ outcome }) => outcome)
        expect(outcomes).toEqual(['failed', 'won'])
      },
    ),
)

test('a NAT that forgets mappings in between is asked more often, until it keeps them', () => {
  const lifetimes = { idleMs: 8000 }
  const short = { ...(presets['port-restricted-random'] as NatSettings), lifetimes }
  return withNodes(
    { stun: 'IPv4', hosts: [far({ nat: short }), far({ nat: presets.home })] },
    async (testbed) => {
      const [alice, bob] = pairOf(testbed)
      await wait(testbed.net.clock, 128_000)
      const { connection } = await bob.connect(alice.id, { strategies: ['udp-punch'] })
      expect(connection.report.map(({ outcome }) => outcome)).toEqual(['won'])
    },
  )
})

test('several callers at once: each gets a mapping of its own, whatever the record says', () =>
  withNodes(
    { stun: 'IPv4', hosts: [1, 2, 3, 4].map(() => far({ nat: presets['port-restricted-random'] })) },
    async ({ nodes }) => {
      const [callee, ...callers] = nodes as [Node, ...Node[]]
      const pipes = await Promise.all(
        callers.flatMap((caller) =>
          (['tcp-punch', 'udp-punch'] as const).map((strategy) =>
            caller.connect(callee.id, { strategies: [strategy] }),
          ),
        ),
      )
      expect(new Set(pipes.map(({ remote }) => `${remote?.ip}:${remote?.port}`)).size).toBe(6)
    },
  ))

test('STUN servers that come up after the nodes: the NATs are known soon after', async () => {
  const net = new VirtualInternet({ seed: 1 })
  const brokers = [net.broker()]
  const { addresses: hosts, ip, network } = net.host({ addresses: 2 })
  const stun = [`stun:${ip}:3478`, `stun:${ip}:3478?transport=tcp`]
  await net.run(async () => {
    const start = () => virtualNode({ net, host: net.host({ nat: presets.home }), brokers, stun })
    const [alice, bob] = (await Promise.all([start(), start()])) as [Node, Node]
    await Promise.all([alice.ready(), bob.ready()])
    await wait(net.clock, 30_000)
    const { clock } = net
    const server = await startStunServer({ hosts, port: 3478, network, clock })
    await wait(clock, 120_000)
    bob.onPipe(() => {})
    const { connection } = await alice.connect(bob.id, { strategies: ['tcp-punch'] })
    expect(connection.strategy).toBe('tcp-punch')
    await Promise.all([alice.close(), bob.close(), server.close()])
  })
})
