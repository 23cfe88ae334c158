import { describe, expect, test } from '@jest/globals'
import { presets } from '@p2pd/lab'
import type { StrategyName } from '@p2pd/node'
import { far, pairOf, withNodes } from './testbed.ts'

const open = far()
const home = far({ nat: presets['port-restricted-preserving'] })

describe.each([
  ['caller', 0],
  ['callee', 1],
] as const)('G7: the %s is of a later version', (_, later) => {
  test.each<[StrategyName, ReturnType<typeof far>, ReturnType<typeof far>]>([
    ['direct', home, open],
    ['reverse', open, home],
    ['tcp-punch', home, home],
    ['udp-punch', home, home],
  ])('%s connects, and bytes pass both ways', (strategy, near, distant) =>
    withNodes({ stun: 'IPv4', hosts: [near, distant], later }, async (testbed) => {
      const [caller, callee] = pairOf(testbed)
      const pipe = await caller.connect(callee.id, { strategies: [strategy] })
      expect(pipe.connection.strategy).toBe(strategy)
      await pipe.send('ECHO hello')
      expect(new TextDecoder().decode((await pipe.recv({ timeoutMs: 1000 })).data)).toBe('hello')
      await pipe.close()
    }),
  )

  test('an address alone, and a call with every strategy', () =>
    withNodes({ stun: 'IPv4', hosts: [home, open], later }, async (testbed) => {
      const [caller, callee] = pairOf(testbed)
      expect((await caller.connect(await callee.address())).connection.strategy).toBe('direct')
      expect((await caller.connect(callee.id)).peer).toBe(callee.id)
    }))
})
