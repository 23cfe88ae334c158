import { expect, test } from '@jest/globals'
import { type HostOptions, presets, VirtualInternet } from '@p2pd/lab'
import { startStunServers } from '../../bench/nat-lab.ts'
import { far, wait } from '../connect/testbed.ts'
import { virtualNode } from '../hosts/virtual-node.ts'
import { WatchedNetwork } from '../hosts/watched-network.ts'

/** The packets and dials of an idle node, from when it knows its NAT until it looks at that again. */
async function idlePackets(options: HostOptions): Promise<number> {
  const net = new VirtualInternet({ seed: 1 })
  const watched = new WatchedNetwork(() => net.clock.now())
  return net.run(async () => {
    const stun = await startStunServers(net, 'IPv4')
    const host = net.host(options)
    const network = watched.watch(host.network)
    const node = await virtualNode({ net, host, brokers: [net.broker({ delayMs: 12.5 })], stun, network })
    await wait(net.clock, 50_000)
    await node.close()
    return watched.sentAt.filter((at) => at > 15_000).length
  })
}

test('a host without a NAT keeps no mapping alive, since its external port is the internal one', async () => {
  expect(await idlePackets(far())).toBe(0)
  expect(await idlePackets(far({ nat: { kind: 'firewall' } }))).toBe(0)
  expect(await idlePackets(far({ nat: presets.home }))).toBeGreaterThan(0)
})
