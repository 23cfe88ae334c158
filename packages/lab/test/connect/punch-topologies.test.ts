import { expect, test } from '@jest/globals'
import { type PresetName, presets, type VirtualInternet } from '@p2pd/lab'
import type { StrategyName } from '@p2pd/node'
import { far, pairOf, type Testbed, type TestbedOptions, withNodes } from './testbed.ts'

const punches = [['tcp-punch'], ['udp-punch']] as const
const isPrivate = (ip: string | undefined) => ip?.startsWith('192.168.') === true

/** Connects by one strategy; returns the peer's address. */
async function reach(testbed: Testbed, strategy: StrategyName): Promise<string | undefined> {
  const [alice, bob] = pairOf(testbed)
  const pipe = await alice.connect(bob.id, { strategies: [strategy] })
  await pipe.send('hello')
  expect((await pipe.recv({ timeoutMs: 5000 })).data).toHaveLength(5)
  const transport = strategy === 'udp-punch' ? 'udp' : 'tcp'
  expect(pipe.connection).toMatchObject({ strategy, transport })
  await pipe.close()
  return pipe.remote?.ip
}

const inOneLan: TestbedOptions = {
  stun: 'IPv4',
  hosts: (net: VirtualInternet) => {
    const home = net.box({ ...presets.home, hairpinning: false } as typeof presets.home, {
      link: { delayMs: 11.5 },
    })
    return [net.host({ behind: [home] }), net.host({ behind: [home] })]
  },
}

test.each(punches)('A7: %s inside one LAN whose router does not hairpin', (strategy) =>
  withNodes(inOneLan, async (testbed) => expect(isPrivate(await reach(testbed, strategy))).toBe(true)),
)

test.each(punches)('A7: %s between two nodes of one host with two NICs', (strategy) =>
  withNodes(
    {
      stun: 'IPv4',
      hosts: (net) => {
        const boxes = [presets.home, presets['restricted-equal']].map((settings) => net.box(settings))
        const host = net.host({ behind: boxes })
        return [host, host]
      },
    },
    async (testbed) => expect(isPrivate(await reach(testbed, strategy))).toBe(true),
  ),
)

test.each(punches)('A14: where the line of the default NIC is dead, %s leaves by the other', (strategy) =>
  withNodes(
    {
      stun: 'IPv4',
      hosts: (net) =>
        [1, 2].map(() => {
          const dead = net.box(presets.home, { link: { delayMs: 11.5, loss: 1 } })
          return net.host({ behind: [dead, net.box(presets.home, { link: { delayMs: 11.5 } })] })
        }),
    },
    async (testbed) => {
      const [alice, bob] = pairOf(testbed)
      const pipe = await alice.connect(bob.id, { strategies: [strategy] })
      expect(pipe.connection.strategy).toBe(strategy)
      expect(pipe.local.ip).toBe(testbed.hosts[0]?.addresses[1])
    },
  ),
)

test('tcp-punch: of two NICs on each side, the two behind easy NATs connect', () =>
  withNodes(
    {
      stun: 'IPv4',
      hosts: (net) =>
        [
          ['carrier', 'home'],
          ['home', 'carrier'],
        ].map((names) => {
          const boxes = (names as PresetName[]).map((name) =>
            net.box(presets[name], { link: { delayMs: 11.5 } }),
          )
          return net.host({ behind: boxes })
        }),
    },
    async (testbed) => {
      const [alice, bob] = pairOf(testbed)
      // In their order each would face a NAT with random ports, which TCP cannot traverse.
      const pipe = await alice.connect(bob.id, { strategies: ['tcp-punch'] })
      expect(pipe.local.ip).toBe(testbed.hosts[0]?.addresses[1])
    },
  ))

test.each(punches)('A7: %s over IPv6 with firewalls on both sides', (strategy) => {
  const walled = far({ nat: { kind: 'firewall' }, families: ['IPv6'] })
  return withNodes({ stun: 'IPv6', hosts: [walled, walled] }, async (testbed) => {
    expect(await reach(testbed, strategy)).toMatch(/:/)
  })
})

/** A host in a home, and a container behind the NAT of another one. The router of the home does not hairpin. */
function neighbourAndContainer(net: VirtualInternet) {
  const unhairpinned = { ...presets.home, hairpinning: false } as typeof presets.home
  const home = net.box(unhairpinned, { link: { delayMs: 11.5 } })
  const engine = net.box(presets.home, { behind: home })
  return [net.host({ behind: [home] }), net.host({ behind: [engine] })]
}

test.each([
  ['the neighbour', 0, 'reverse'],
  ['the container', 1, 'direct'],
] as const)('I1: %s in one home with the other is the caller', (_, caller, strategy) =>
  withNodes({ stun: 'IPv4', hosts: neighbourAndContainer }, async (testbed) => {
    const pair = pairOf(testbed)
    const pipe = await pair[caller].connect(pair[1 - caller]?.id ?? '')
    expect(pipe.connection.strategy).toBe(strategy)
    await pipe.send('hello')
    expect((await pipe.recv({ timeoutMs: 5000 })).data).toHaveLength(5)
    await pipe.close()
  }),
)
