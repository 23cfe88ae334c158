import {
  type BrokerListener,
  createRandom,
  type Random,
  type VirtualBroker,
  type VirtualInternet,
} from '@p2pd/lab'

/** Delivers a message from a broker to a subscriber, or misbehaves. */
export type Mischief = (deliver: (message: Uint8Array, delayMs?: number) => void, message: Uint8Array) => void

const ALTERED_BYTE = 40

/** The ways in which a broker may misbehave, each with its own random numbers. */
export const MISCHIEF: Readonly<Record<string, (random: Random) => Mischief>> = {
  'lies: each message altered, and then as it was': () => (deliver, message) => {
    const altered = message.slice()
    altered[ALTERED_BYTE] = (message[ALTERED_BYTE] ?? 0) ^ 1
    deliver(altered)
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
export function corrupt(net: VirtualInternet, broker: VirtualBroker, mischief: Mischief): void {
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

/** Misbehaves in another of these ways with each message. */
export function anyMischief(seed: number, names = Object.keys(MISCHIEF)): Mischief {
  const all = names.map((name) => mischiefOf(name, seed))
  const random = createRandom(seed, 'any mischief')
  return (deliver, message) => all[Math.floor(random() * all.length)]?.(deliver, message)
}

/** One of the ways, with random numbers of its own. */
export function mischiefOf(name: string, seed: number): Mischief {
  const make = MISCHIEF[name]
  if (make === undefined) throw new Error(`no mischief "${name}"`)
  return make(createRandom(seed, name))
}
