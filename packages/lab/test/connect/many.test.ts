import { expect, test } from '@jest/globals'
import { createRandom, presets, type VirtualHost, type VirtualInternet } from '@p2pd/lab'
import type { Node } from '@p2pd/node'
import { CountingNetwork } from '../hosts/counting-network.ts'
import { far, wait, withNodes } from './testbed.ts'

const NODES = 200
const CALLS = 1000
/** Calls under way at a time. */
const AT_ONCE = 50
/** A call to an unknown peer would also fail by then. */
const BOUND_MS = 15_000
const SEED = 7

/** The hosts, with one count of their open sockets. */
function countedHosts(net: VirtualInternet, counting: CountingNetwork): VirtualHost[] {
  return Array.from({ length: NODES }, (_, index) => {
    // Every fourth host is behind a NAT, and dials back when it is called.
    const nat = index % 4 === 3 ? { nat: presets.home } : {}
    const host = net.host(far(nat))
    return Object.assign(host, { network: counting.wrap(host.network) })
  })
}

test(`${NODES} nodes: ${CALLS} random pairs connect within ${BOUND_MS / 1000} s, and leave nothing behind, seed ${SEED}`, async () => {
  const counting = new CountingNetwork(() => 0)
  const random = createRandom(SEED, 'pairs')
  let network: VirtualInternet | undefined
  const hosts = (net: VirtualInternet) => {
    network = net
    return countedHosts(net, counting)
  }
  await withNodes({ seed: SEED, brokers: 2, hosts }, async ({ net, nodes }) => {
    const idle = counting.open
    // Punching has tests of its own, so one host of each pair has no NAT.
    const draw = (among: readonly Node[]) => among[Math.floor(random() * among.length)] as Node
    const open = nodes.filter((_, index) => index % 4 !== 3)
    let calls = 0
    const callInTurn = async () => {
      while (calls++ < CALLS) {
        const peer = draw(nodes)
        const caller = draw(open.filter((node) => node !== peer))
        const pipe = await caller.connect(peer.id, { timeoutMs: BOUND_MS })
        expect(pipe.peer).toBe(peer.id)
        await pipe.close()
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, callInTurn))
    // Time for the FINs of TCP, and for duplicates of offers.
    await wait(net.clock, 120_000)
    expect(counting.open).toBe(idle)
  })
  await network?.advance(120_000)
  expect(counting.open).toBe(0)
}, 300_000)
