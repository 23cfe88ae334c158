import { expect, test } from '@jest/globals'
import {
  type BrokerListener,
  createRandom,
  type Random,
  type VirtualBroker,
  type VirtualInternet,
} from '@p2pd/lab'
import { formatNodeId, type PeerPipe } from '@p2pd/node'
import { far, pairOf, R_D, R_S, wait, withNodes, type Testbed } from './testbed.ts'

/** Delivers a message from a broker to a subscriber, or misbehaves. */
type Mischief = (deliver: (message: Uint8Array, delayMs?: number) => void, message: Uint8Array) => void

const ALTERED_BYTE = 40

/** The ways in which a broker may misbehave, each with its own random numbers. */
const MISCHIEF: Readonly<Record<string, (random: Random) => Mischief>> = {
  'lies: each message altered, and then as it was': () => (deliver, message) => {
    deliver(message.with(ALTERED_BYTE, (message[ALTERED_BYTE] ?? 0) ^ 1))
    deliver(message.subarray(0, message.length / 2))
    deliver(message)
  },
  'repeats everything ten times': () => (deliver, message) => {
    for (let copy = 0; copy < 10; copy++) deliver(message, copy * 300)
  },
  'plays back every message it ever had': () => {
    const kept: Uint8Array[] = []
    return (deliver, message) => {
      kept.push(message)
      for (const old of kept) deliver(old)
    }
  },
  reorders: (random) => (deliver, message) => deliver(message, random() * 500),
  'delays everything by a second': () => (deliver, message) => deliver(message, 1000),
  'drops one in three': (random) => (deliver, message) => {
    if (random() >= 1 / 3) deliver(message)
  },
  'sends thirty pieces of junk with each message': (random) => (deliver, message) => {
    for (let i = 0; i < 30; i++) deliver(message.map(() => random() * 256))
    deliver(message)
  },
}

/** Makes a broker misbehave towards all subscribers. */
function corrupt(net: VirtualInternet, broker: VirtualBroker, mischief: Mischief): void {
  const connect = broker.connect.bind(broker)
  broker.connect = (from) => {
    const client = connect(from)
    return {
      ...client,
      subscribe: (topic, listener: BrokerListener) =>
        client.subscribe(topic, (message, retained) => {
          const deliver = (altered: Uint8Array, delayMs = 0) =>
            net.clock.at(net.clock.now() + delayMs, () => listener(altered, retained))
          mischief(deliver, message)
        }),
    }
  }
}

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

/** Misbehaves in another way with each message. */
function anyMischief(seed: number): Mischief {
  const all = Object.keys(MISCHIEF).map((name) => mischiefOf(name, seed))
  const random = createRandom(seed, 'any mischief')
  return (deliver, message) => all[Math.floor(random() * all.length)]?.(deliver, message)
}

function mischiefOf(name: string, seed: number): Mischief {
  const make = MISCHIEF[name]
  if (make === undefined) throw new Error(`no mischief "${name}"`)
  return make(createRandom(seed, name))
}

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
