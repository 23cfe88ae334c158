import { expect, test } from '@jest/globals'
import { type DiscoveryGoal, discoverNat, netcheck } from '@p2pd/nat'
import { ROUND_TRIP_MS, startStunServers } from '../../bench/nat-lab.ts'
import {
  type BoxSettings,
  fieldNames,
  type LinkSettings,
  presetList,
  presets,
  VirtualInternet,
} from '../../src/index.ts'
import { WatchedNetwork } from '../hosts/watched-network.ts'

/** The limit of packets in one second over one NIC, for both protocols together. */
const MAX_PER_SECOND = 50

/** The limit of sockets for each protocol of a NIC. */
const MAX_SOCKETS = 10

interface Look {
  readonly nat: BoxSettings
  readonly link?: LinkSettings
  readonly goal?: DiscoveryGoal
  readonly protocols?: readonly ('udp' | 'tcp')[]
  /** Dead servers at the start of the list. */
  readonly dead?: number
}

/** Runs discoveries at once; reports their packets, and when each knew type and delta. */
function look({ nat, link = {}, goal = 'range', protocols = ['udp', 'tcp'], dead = 0 }: Look) {
  const net = new VirtualInternet({ seed: 7 })
  const watched = protocols.map((protocol) => ({
    protocol,
    network: new WatchedNetwork(() => net.clock.now()),
    knownMs: Number.POSITIVE_INFINITY,
  }))
  return net.run(async () => {
    const gone = Array.from({ length: dead }, () => `stun:${net.host().ip}:3478`)
    const servers = [...gone, ...(await startStunServers(net))]
    const host = net.host({ nat, link: { delayMs: 19, ...link } })
    const start = net.clock.now()
    await Promise.all(
      watched.map(async (one) => {
        const ports = { network: one.network.watch(host.network), clock: net.clock, random: host.random }
        const onKnown = () => (one.knownMs = net.clock.now() - start)
        const limits = { shared: protocols.length > 1 }
        await discoverNat(ports, { servers, protocol: one.protocol, goal, limits, onKnown })
        if (one.knownMs > net.clock.now() - start) onKnown()
      }),
    )
    for (const { network } of watched) expect(network.open).toBe(0)
    const together = new WatchedNetwork(() => 0)
    together.sentAt.push(...watched.flatMap(({ network }) => network.sentAt))
    return { watched, perSecond: together.mostPerSecond }
  })
}

/** The boxes from the field are paced as the others are. */
const paced = presetList.filter(
  ({ name, udp, tcp }) =>
    udp.type !== 'blocked' && tcp.type !== 'blocked' && !fieldNames.some((field) => field === name),
)

test.each(paced)(
  '$name: both protocols at once are known within 8 round trips, 50 packets a second, 10 sockets each',
  async ({ settings }) => {
    const { watched, perSecond } = await look({ nat: settings })
    expect(perSecond).toBeLessThanOrEqual(MAX_PER_SECOND)
    for (const { network, knownMs } of watched) {
      expect(network.mostSockets).toBeLessThanOrEqual(MAX_SOCKETS)
      expect(knownMs).toBeLessThanOrEqual(8 * ROUND_TRIP_MS)
    }
  },
)

const hard: readonly (readonly [string, Look])[] = [
  ['a thorough look', { nat: presets.carrier, goal: 'thorough', protocols: ['udp'] }],
  ['a thorough look over TCP', { nat: presets.carrier, goal: 'thorough', protocols: ['tcp'] }],
  ['a line that loses a fifth', { nat: presets['full-cone-random'], link: { loss: 0.2, jitterMs: 20 } }],
  ['a slow line', { nat: presets['full-cone-random'], link: { delayMs: 250 } }],
  ['dead servers', { nat: presets['symmetric-random'], dead: 12 }],
  ['nothing but silence', { nat: presets['blocked-equal'], dead: 12 }],
]

test.each(hard)('%s: 50 packets a second, 10 sockets for each protocol', async (_, options) => {
  const { watched, perSecond } = await look(options)
  expect(perSecond).toBeLessThanOrEqual(MAX_PER_SECOND)
  for (const { network } of watched) expect(network.mostSockets).toBeLessThanOrEqual(MAX_SOCKETS)
})

test('netcheck looks at both protocols within the same bounds, and asks each server once', async () => {
  const net = new VirtualInternet({ seed: 8 })
  const watched = new WatchedNetwork(() => net.clock.now())
  await net.run(async () => {
    const servers = await startStunServers(net)
    const host = net.host({ nat: presets['symmetric-random'], link: { delayMs: 19 } })
    const network = watched.watch(host.network)
    const check = await netcheck({ network, clock: net.clock, random: host.random }, { servers })
    expect(watched.mostPerSecond).toBeLessThanOrEqual(MAX_PER_SECOND + servers.length)
    expect(watched.mostSockets).toBeLessThanOrEqual(2 * MAX_SOCKETS + 4)
    expect(check.elapsedMs).toBeLessThan(3000)
  })
})
