import { expect, test } from '@jest/globals'
import type { VirtualBroker, VirtualInternet } from '@p2pd/lab'
import { formatNodeId, type PeerPipe } from '@p2pd/node'
import { anyMischief, corrupt, MISCHIEF, mischiefOf } from '../hosts/mischief.ts'
import { far, pairOf, R_D, R_S, wait, withNodes, type Testbed } from './testbed.ts'

/** Makes ten calls each way, and expects one pipe on each side for each call, and no later one. */
async function expectTwentyPipes(testbed: Testbed): Promise<void> {
  const [alice, bob] = pairOf(testbed)
  const accepted: PeerPipe[] = []
  for (const node of [alice, bob]) node.onPipe((pipe) => void accepted.push(pipe))
  for (let call = 0; call < 10; call++) {
    for (const [caller, peer] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      const pipe = await caller.connect(peer.id)
      expect(pipe.peer).toBe(peer.id)
      await pipe.send(`call ${call}`)
      expect(new TextDecoder().decode((await pipe.recv({ timeoutMs: 1000 })).data)).toBe(`call ${call}`)
      await pipe.close()
    }
  }
  // By now all late copies of offers have arrived.
  await wait(testbed.net.clock, 20_000)
  expect(accepted).toHaveLength(20)
}

test.each(Object.keys(MISCHIEF))('A16, A17: connecting goes on with a broker that %s', (name) =>
  withNodes(
    {
      hosts: [far(), far()],
      tamper: (net, brokers) => {
        for (const broker of brokers) corrupt(net, broker, mischiefOf(name, 1))
      },
    },
    expectTwentyPipes,
  ),
)

test.each([1, 2, 3])('A16, A17: connecting goes on with two brokers that do any of it, seed %d', (seed) =>
  withNodes(
    {
      seed,
      hosts: [far(), far()],
      brokers: 2,
      tamper: (net, brokers) => {
        for (const [index, broker] of brokers.entries()) corrupt(net, broker, anyMischief(seed * 2 + index))
      },
    },
    expectTwentyPipes,
  ),
)

test.each([10, 30, 60, 90])('A17: one of two brokers dies %d ms into a call: connecting goes on', (afterMs) =>
  withNodes({ hosts: [far(), far()], brokers: 2 }, async (testbed) => {
    const [alice, bob] = pairOf(testbed)
    for (const dying of testbed.brokers) {
      const connecting = alice.connect(bob.id)
      testbed.net.clock.at(testbed.net.clock.now() + afterMs, () => {
        dying.up = false
      })
      expect((await connecting).peer).toBe(bob.id)
      dying.up = true
    }
  }),
)

test('A17: a silent broker costs nothing while another one works; an absent peer is still reported', () =>
  withNodes({ hosts: [far(), far()], brokers: 2 }, async (testbed) => {
    const [alice, bob] = pairOf(testbed)
    for (const silent of testbed.brokers.slice(0, 1)) silent.up = false
    const pipe = await alice.connect(bob.id)
    expect(pipe.connection.elapsedMs).toBeLessThan(1000)
    const absent = formatNodeId(new Uint8Array(32).fill(9))
    await expect(alice.connect(absent)).rejects.toMatchObject({ code: 'NODE_NO_ANSWER' })
  }))

/** Makes a broker lose all retained messages at once. */
function forget(broker: VirtualBroker): void {
  const connect = broker.connect.bind(broker)
  broker.connect = (from) => {
    const client = connect(from)
    return { ...client, publish: (topic, message) => client.publish(topic, message) }
  }
}

test('a broker that retains nothing costs a call half R_s, nothing else', async () => {
  const times: number[] = []
  for (const retains of [true, false]) {
    const tamper = (_: VirtualInternet, brokers: readonly VirtualBroker[]) => {
      if (!retains) for (const broker of brokers) forget(broker)
    }
    await withNodes({ hosts: [far(), far()], tamper }, async (testbed) => {
      const [alice, bob] = pairOf(testbed)
      times.push((await alice.connect(bob.id, { strategies: ['direct'] })).connection.elapsedMs)
    })
  }
  const [fast = 0, slow = 0] = times
  expect(fast).toBeLessThanOrEqual(R_S / 2 + 2.2 * R_D)
  expect(slow - fast).toBeGreaterThan(0)
  expect(slow - fast).toBeLessThanOrEqual(R_S / 2 + 1)
})
