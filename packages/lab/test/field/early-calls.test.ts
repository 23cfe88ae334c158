import { expect, test } from '@jest/globals'
import { presets, type VirtualHost, VirtualInternet } from '@p2pd/lab'
import { startStunServers } from '../../bench/nat-lab.ts'
import { far, wait } from '../connect/testbed.ts'
import { virtualNode } from '../hosts/virtual-node.ts'

/** The host at which STUN over TCP does not work. */
const FAULTS = {
  'refuses STUN over TCP': (net: VirtualInternet) => net.host(),
  'drops STUN over TCP': (net: VirtualInternet) => net.host({ nat: { kind: 'firewall' } }),
} as const

/** Discovery has given silent servers up after 2.6 s. */
const MOMENTS = Array.from({ length: 31 }, (_, index) => 200 + 100 * index)

/** Two homes: one node runs for long, the other one for so many milliseconds when the call begins. Resolves with its strategy. */
async function callAfter(
  ageMs: number,
  young: 'caller' | 'callee',
  fault: keyof typeof FAULTS,
): Promise<string> {
  const net = new VirtualInternet({ seed: 1 })
  const brokers = [net.broker({ delayMs: 12.5 })]
  const [home, other] = [presets.home, presets['port-restricted-equal']].map((nat) => net.host(far({ nat })))
  if (home === undefined || other === undefined) throw new Error('no hosts')
  return net.run(async () => {
    const udp = (await startStunServers(net, 'IPv4')).filter((uri) => !uri.includes('transport=tcp'))
    const stun = [...udp, `stun:${FAULTS[fault](net).ip}:3478?transport=tcp`]
    const nodeOn = (host: VirtualHost) => virtualNode({ net, host, brokers, stun, knowsBrokerPath: true })
    const long = await nodeOn(home)
    await wait(net.clock, 6000)
    const fresh = await nodeOn(other)
    await wait(net.clock, ageMs)
    const [caller, callee] = young === 'caller' ? [fresh, long] : [long, fresh]
    try {
      const pipe = await caller.connect(callee.id, { strategies: ['tcp-punch'] })
      return pipe.connection.strategy
    } catch (error) {
      return `after ${ageMs} ms: ${(error as Error).message}`
    } finally {
      await Promise.all([long.close(), fresh.close()])
    }
  })
}

for (const fault of Object.keys(FAULTS) as (keyof typeof FAULTS)[])
  for (const young of ['caller', 'callee'] as const)
    test(`I1: fault 11: tcp-punch connects at any age of a young ${young} where the server ${fault}`, async () => {
      const results: string[] = []
      for (const ageMs of MOMENTS) results.push(await callAfter(ageMs, young, fault))
      expect(results).toEqual(MOMENTS.map(() => 'tcp-punch'))
    })
