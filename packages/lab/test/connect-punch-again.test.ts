import { expect, test } from '@jest/globals'
import { type NatSettings, presets } from '@p2pd/lab'
import type { Node } from '@p2pd/node'
import { far, pairOf, wait, withNodes } from './connect-world.ts'

/** Forgets an idle mapping before it is refreshed, and gives out another port then. */
const forgetful: NatSettings = {
  ...(presets['port-restricted-random'] as NatSettings),
  lifetimes: { idleMs: 4000, establishedMs: 4000 },
}

test.each([['udp-punch'], ['tcp-punch']] as const)(
  'a mapping that a NAT forgot before it was used: the second attempt of %s, with fresh ones, connects',
  (strategy) =>
    withNodes(
      { stun: 'IPv4', hosts: [far({ nat: forgetful }), far({ nat: presets.home })] },
      async (world) => {
        const [alice, bob] = pairOf(world)
        await wait(world.net.clock, 10_000)
        const { connection } = await alice.connect(bob.id, { strategies: [strategy] })
        const outcomes = connection.report.map(({ outcome }) => outcome)
        expect(outcomes).toEqual(['failed', 'won'])
      },
    ),
)

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
