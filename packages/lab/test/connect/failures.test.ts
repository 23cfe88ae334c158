import { expect, test } from '@jest/globals'
import { presets, type VirtualBroker, type VirtualHost, type VirtualInternet } from '@p2pd/lab'
import { type Node, NodeError, type ReportLine } from '@p2pd/node'
import { far, pairOf, R_D, wait, withNodes, type Testbed, type TestbedOptions } from './testbed.ts'

/** The error of a failed call, and its time. */
async function failure(
  { net }: Testbed,
  node: Node,
  ...[target, options]: Parameters<Node['connect']>
): Promise<{ readonly error: NodeError; readonly elapsedMs: number }> {
  const startedAt = net.clock.now()
  try {
    await node.connect(target, options)
  } catch (error) {
    expect(error).toBeInstanceOf(NodeError)
    return { error: error as NodeError, elapsedMs: net.clock.now() - startedAt }
  }
  throw new Error('it connected')
}

/** Expects each line of a report to have a path, times in order and within the call, and a reason. */
function expectWhole(report: readonly ReportLine[], elapsedMs: number): void {
  for (const line of report) {
    expect(line.reason).not.toBe('')
    expect(line.startMs).toBeGreaterThanOrEqual(0)
    expect(line.endMs).toBeGreaterThanOrEqual(line.startMs)
    expect(line.endMs).toBeLessThanOrEqual(Math.ceil(elapsedMs))
    if (line.outcome !== 'skipped') expect([line.local, line.remote]).not.toContain('')
  }
}

test('A13: a call to a peer that vanished fails within 15 s; each attempt has its line', () =>
  withNodes({ hosts: [far(), far()], brokers: 2 }, async (testbed) => {
    const [alice, bob] = pairOf(testbed)
    const [address, ip] = [await bob.address(), testbed.hosts[1]?.ip ?? '']
    testbed.hosts[1]?.setNic('eth0', 'down')
    const { error, elapsedMs } = await failure(testbed, alice, address, { strategies: ['direct'] })
    expect(elapsedMs).toBeLessThanOrEqual(15_000)
    expect(error.report).toContainEqual(
      expect.objectContaining({ strategy: 'direct', remote: expect.stringContaining(ip), outcome: 'failed' }),
    )
    expectWhole(error.report, elapsedMs)
    expect(error.message).toContain(ip)
  }))

test('A13: a peer whose program ended is refused within one R_d by address, and does not answer by id', () =>
  withNodes({ hosts: [far(), far()] }, async (testbed) => {
    const [alice, bob] = pairOf(testbed)
    const address = await bob.address()
    await bob.close()
    const direct = { strategies: ['direct'] } as const
    const byId = await failure(testbed, alice, bob.id)
    expect(byId.error.code).toBe('NODE_NO_ANSWER')
    expect(byId.elapsedMs).toBeLessThanOrEqual(15_000)
    const { error, elapsedMs } = await failure(testbed, alice, address, direct)
    const [line] = error.report
    expect(line).toMatchObject({
      strategy: 'direct',
      outcome: 'failed',
      reason: expect.stringMatching(/refused/),
    })
    expect(line?.endMs).toBeLessThanOrEqual(R_D + 1)
    expectWhole(error.report, elapsedMs)
  }))

/** Has a broker deliver nothing more to a host, from the call of the function on. */
function deafenable([broker]: readonly VirtualBroker[]): (host: VirtualHost | undefined) => void {
  let deaf: VirtualHost | undefined
  const connect = broker?.connect.bind(broker)
  if (broker === undefined || connect === undefined) throw new Error('no broker')
  broker.connect = (from) => {
    const client = connect(from)
    const subscribe: typeof client.subscribe = (topic, listener) =>
      client.subscribe(topic, (...message) => {
        if (from !== deaf) listener(...message)
      })
    return { ...client, subscribe }
  }
  return (host) => {
    deaf = host
  }
}

test('A13: a peer that was killed, and left its record, does not answer for 10 s: no second offer adds to them', () => {
  let kill = (_: VirtualHost | undefined): void => {}
  const tamper: TestbedOptions['tamper'] = (_, brokers) => {
    kill = deafenable(brokers)
  }
  const hosts = [presets.home, presets.home].map((nat) => far({ nat }))
  return withNodes({ stun: 'IPv4', hosts, tamper }, async (testbed) => {
    const [alice, bob] = pairOf(testbed)
    const [, host] = testbed.hosts
    host?.setNic('eth0', 'down')
    kill(host)
    const { error, elapsedMs } = await failure(testbed, alice, bob.id)
    expect(elapsedMs).toBeLessThanOrEqual(10_500)
    expect(error.message).toContain('no answer within 10 s')
    expectWhole(error.report, elapsedMs)
  })
})

test('A13: a peer whose router swallows everything is given up within its time-out, with reasons', () =>
  withNodes(
    {
      hosts: (net: VirtualInternet) => [
        net.host(far({ nat: presets['symmetric-random'] })),
        net.host(far({ nat: presets['blocked-random'] })),
      ],
    },
    async (testbed) => {
      const [alice, bob] = pairOf(testbed)
      const { error, elapsedMs } = await failure(testbed, alice, bob.id, { timeoutMs: 8000 })
      expect(elapsedMs).toBeLessThanOrEqual(8001)
      expect(error.report.length).toBeGreaterThan(0)
      expectWhole(error.report, elapsedMs)
      expect(error.message.length).toBeGreaterThan(40)
      await wait(testbed.net.clock, 1000)
    },
  ))

test('A13: a report of a call that worked has each attempt, the one that won and why the others ended', () =>
  withNodes(
    { hosts: [far({ families: ['IPv4', 'IPv6'] }), far({ families: ['IPv4', 'IPv6'] })] },
    async (testbed) => {
      const [alice, bob] = pairOf(testbed)
      const { connection } = await alice.connect(bob.id)
      expect(connection.report.filter(({ outcome }) => outcome === 'won')).toHaveLength(1)
      expect(connection.report.length).toBeGreaterThan(1)
      expectWhole(connection.report, connection.elapsedMs)
    },
  ))
