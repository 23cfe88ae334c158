import { expect, test } from '@jest/globals'
import { presets, type VirtualInternet } from '@p2pd/lab'
import { far, pairOf, type TestbedOptions, wait, withNodes } from '../connect/testbed.ts'

/** A host that accepts STUN's connections, and says nothing. */
async function silent(net: VirtualInternet): Promise<string> {
  const { ip, network } = net.host()
  const listener = await network.listenTcp({ local: { ip, port: 3478 } })
  listener.onConnection(() => {})
  return ip
}

/** Hosts at which STUN over TCP does not work. */
const FAULTS = {
  'accept and stay silent': silent,
  refuse: (net: VirtualInternet) => Promise.resolve(net.host().ip),
  'sit behind a firewall that drops': (net: VirtualInternet) =>
    Promise.resolve(net.host({ nat: { kind: 'firewall' } }).ip),
} as const

function withFault(fault: keyof typeof FAULTS): TestbedOptions {
  return {
    stun: 'IPv4',
    knowsBrokerPath: true,
    hosts: [presets.home, presets['port-restricted-equal']].map((nat) => far({ nat })),
    tamperStun: async (net, servers) => [
      ...servers.filter((uri) => !uri.includes('transport=tcp')),
      `stun:${await FAULTS[fault](net)}:3478?transport=tcp`,
    ],
  }
}

test.each(Object.keys(FAULTS) as (keyof typeof FAULTS)[])(
  'I1: fault 11: where the TCP servers of STUN %s, TCP counts as UDP does, and tcp-punch connects',
  (fault) =>
    withNodes(withFault(fault), async (testbed) => {
      const [alice, bob] = pairOf(testbed)
      for (const node of [alice, bob]) {
        const reports = node.natReports().filter(({ protocol }) => protocol === 'tcp')
        expect(reports).toMatchObject([{ report: { confidence: 0 } }])
        expect(reports[0]?.report.evidence.at(-1)).toBe('taken to be as over UDP')
      }
      const pipe = await alice.connect(bob.id, { strategies: ['tcp-punch'] })
      expect(pipe.connection.strategy).toBe('tcp-punch')
      await pipe.send('hello')
      expect((await pipe.recv({ timeoutMs: 5000 })).data).toHaveLength(5)
      await pipe.close()
    }),
)

test('I1: fault 11: where no broker is known to be reached over TCP either, dropped packets mean `blocked`', () =>
  withNodes({ ...withFault('sit behind a firewall that drops'), knowsBrokerPath: false }, async (testbed) => {
    const [alice] = pairOf(testbed)
    const tcp = alice.natReports().find(({ protocol }) => protocol === 'tcp')
    expect(tcp?.report).toMatchObject({ type: 'blocked', confidence: 0.5 })
  }))

test('I1: fault 11: a broker connection that outlives a change of the network still shows that TCP passes', () => {
  const hosts = (net: VirtualInternet) => {
    const link = { delayMs: 12.5 }
    const boxes = [net.box(presets.home, { link }), net.box({ kind: 'open' }, { link })]
    const alice = net.host({ name: 'alice', behind: boxes })
    alice.setNic('eth1', 'down')
    return [alice, net.host({ link })]
  }
  const options = { ...withFault('sit behind a firewall that drops'), hosts }
  return withNodes(options, async ({ net, hosts: [host], nodes: [alice] }) => {
    const verdict = () =>
      alice?.natReports().find((nat) => nat.interface === 'eth0' && nat.protocol === 'tcp')?.report
    expect(verdict()).toMatchObject({ confidence: 0, assumed: true })
    host?.setNic('eth1', 'up')
    await wait(net.clock, 10_000)
    expect(alice?.natReports().some((nat) => nat.interface === 'eth1')).toBe(true)
    expect(verdict()).toMatchObject({ confidence: 0, assumed: true })
  })
})
