import { expect, test } from '@jest/globals'
import { type PresetName, presets, type VirtualInternet } from '@p2pd/lab'
import type { PeerPipe, StrategyName } from '@p2pd/node'
import { far, pairOf, wait, withNodes } from '../connect/testbed.ts'

/** The watcher of a node with a pipe reads its hint so often. */
const DETECTION_MS = 200

/** Alice has a second line, which is plugged in when the first one is taken away. */
function movable(net: VirtualInternet, next: PresetName, peer?: PresetName) {
  const { link = {} } = far({ nat: presets[next] })
  const boxes = [net.box(presets['port-restricted-preserving'], { link }), net.box(presets[next], { link })]
  const alice = net.host({ name: 'alice', behind: boxes })
  alice.setNic('eth1', 'down')
  return [alice, net.host({ name: 'bob', ...far(peer && { nat: presets[peer] }) })]
}

interface Change {
  /** The change comes so long after the last look. */
  readonly phaseMs: number
  /** The NAT before the next NIC, and that of the peer if it has one. */
  readonly nats: readonly [PresetName, PresetName?]
}

/** Milliseconds from a change of the NIC to the next path, and the strategy of that path. */
async function changeNic({ phaseMs, nats }: Change): Promise<readonly [number, StrategyName]> {
  let result: readonly [number, StrategyName] = [Number.NaN, 'relay']
  const hosts = (net: VirtualInternet) => movable(net, ...nats)
  await withNodes({ stun: 'IPv4', echo: false, hosts }, async (testbed) => {
    const [alice, bob] = pairOf(testbed)
    const accepted = new Promise<PeerPipe>((resolve) => bob.onPipe(resolve))
    const pipe = await alice.connect(bob.id)
    await accepted
    const { clock } = testbed.net
    await wait(clock, 2000 + phaseMs)
    const startedAt = clock.now()
    const resumed = new Promise<StrategyName>((resolve) => {
      pipe.onPathChange((event) => event.type === 'resumed' && resolve(event.strategy))
    })
    testbed.hosts[0]?.setNic('eth0', 'down')
    testbed.hosts[0]?.setNic('eth1', 'up')
    const strategy = await resumed
    result = [clock.now() - startedAt, strategy]
  })
  return result
}

/** The times of changes in every phase of the detection, the shortest first. */
async function timesOf(nats: Change['nats']): Promise<number[]> {
  const times: number[] = []
  for (const phaseMs of [0, 80, 160]) times.push((await changeNic({ phaseMs, nats }))[0])
  return times.sort((a, b) => a - b)
}

const HOME = 'port-restricted-preserving'

test.each([
  // Half R_s, 2 R_d and the LAN.
  ['reachable', [HOME], 155],
  // The request to a STUN server and the offer come first.
  ['behind a NAT', [HOME, HOME], 255],
] as const)(
  'a session with a peer that is %s has a path within 400 ms of a NIC change',
  async (_, nats, callMs) => {
    const times = await timesOf(nats)
    expect(times[1]).toBeLessThan(400)
    expect(times.at(-1)).toBeLessThanOrEqual(DETECTION_MS + callMs)
  },
)

test('G1: a NAT that is not what the first offer took it for costs the discovery, and no failed call', async () => {
  const [tookMs, strategy] = await changeNic({ phaseMs: 0, nats: ['symmetric-preserving', HOME] })
  expect(strategy).toMatch(/punch/)
  expect(tookMs).toBeLessThan(800)
})
