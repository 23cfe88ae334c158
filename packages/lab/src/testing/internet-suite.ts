import { describe, expect, test } from '@jest/globals'
import { sleep, type TransportAddress } from '@p2pd/netif'
import { deltaTypes, mixNames, natTypes, type PresetName } from '../preset.ts'
import { findPreset } from '../presets.ts'
import type { Scenario } from '../scenario.ts'
import { observeTcp } from './observe-tcp.ts'
import { observeUdp } from './observe-udp.ts'
import { classify } from './classify-observations.ts'
import { ProbeServer } from './probe-server.ts'
import { dialUntilOpen, talk } from './simultaneous-open.ts'
import type { CreateInternet, TestInternet, WithInternet } from './test-internet.ts'
import { testPaths } from './path-suite.ts'

/** The promises of both Internets, tested through plain sockets. */
export function testInternet(name: string, create: CreateInternet): void {
  const withInternet: WithInternet = (scenario, body) => async () => {
    const net = await create(scenario)
    try {
      await net.run(() => body(net))
    } finally {
      await net.close()
    }
  }
  describe(`${name} through sockets`, () => {
    for (const type of natTypes)
      testPresets(
        `${type} presets`,
        deltaTypes.map((delta) => `${type}-${delta}` as const),
        withInternet,
      )
    testPresets('mixes', mixNames, withInternet)
    testSimultaneousOpen(withInternet)
    testPaths(withInternet)
  })
}

/** Hosts behind presets, one each, and a server with two addresses. */
function presetScenario(names: readonly PresetName[]): Scenario {
  return {
    hosts: [
      { name: 'server', addresses: 2 },
      ...names.map((preset) => ({ name: preset, behind: `${preset}-box` })),
    ],
    boxes: names.map((preset) => ({ name: `${preset}-box`, preset })),
  }
}

function testPresets(title: string, names: readonly PresetName[], withInternet: WithInternet): void {
  test.concurrent(
    `${title} behave as their names say, UDP and TCP`,
    withInternet(presetScenario(names), async (net) => {
      const server = await ProbeServer.start(net.clock, net.host('server'))
      const seen = await Promise.all(
        names.map(async (preset) => {
          const host = net.host(preset)
          const udp = classify(await observeUdp(net.clock, host, server))
          const tcp = classify(await observeTcp(net.clock, host, server))
          return { preset, udp, tcp }
        }),
      )
      expect(seen).toEqual(
        names.map((preset) => ({ preset, udp: findPreset(preset)?.udp, tcp: findPreset(preset)?.tcp })),
      )
      await server.close()
    }),
  )
}

const PORT = 45000
/** Much longer than a simultaneous open takes. */
const BOUND_MS = 10_000

/** Two hosts behind boxes that keep ports, so that each knows the other's external endpoint. */
function twoBoxes(tcp: 'drop' | 'rst'): Scenario {
  const settings = { unsolicited: { tcp } }
  return {
    hosts: [
      { name: 'alice', behind: 'box-a' },
      { name: 'bob', behind: 'box-b' },
    ],
    boxes: [
      { name: 'box-a', preset: 'port-restricted-equal', settings },
      { name: 'box-b', preset: 'port-restricted-equal', settings },
    ],
  }
}

function testSimultaneousOpen(withInternet: WithInternet): void {
  // The boxes come first in the plan, so that their addresses are the first public ones.
  const [boxA, boxB] = ['5.5.0.2', '5.5.0.3'].map((ip) => ({ ip, port: PORT })) as [
    TransportAddress,
    TransportAddress,
  ]
  const alice = (net: TestInternet) => ({ host: net.host('alice'), port: PORT, remote: boxB, redialMs: 8 })
  const bob = (net: TestInternet) => ({ host: net.host('bob'), port: PORT, remote: boxA, redialMs: 5 })

  test.concurrent(
    'TCP opens simultaneously through NATs that drop, on the first dial of each',
    withInternet(twoBoxes('drop'), async (net) => {
      const early = dialUntilOpen(net.clock, alice(net), BOUND_MS)
      await sleep(net.clock, 300)
      const late = dialUntilOpen(net.clock, bob(net), BOUND_MS)
      const [a, b] = await Promise.all([early, late])
      expect([a.dials, b.dials]).toEqual([1, 1])
      expect(await talk(a.connection, b.connection)).toEqual(['from b', 'from a'])
    }),
  )

  test.concurrent(
    'TCP opens simultaneously through NATs that reset, after some dials',
    withInternet(twoBoxes('rst'), async (net) => {
      let onRefused = () => {}
      const refused = new Promise<void>((resolve) => {
        onRefused = resolve
      })
      const early = dialUntilOpen(net.clock, { ...alice(net), onRefused }, BOUND_MS)
      await refused
      const late = dialUntilOpen(net.clock, bob(net), BOUND_MS)
      const [a, b] = await Promise.all([early, late])
      expect(a.dials).toBeGreaterThan(1)
      expect(await talk(a.connection, b.connection)).toEqual(['from b', 'from a'])
    }),
  )
}
