import { expect, test } from '@jest/globals'
import type { VirtualBroker } from '@p2pd/lab'
import { far, pairOf, R_D, R_S, withNodes } from './testbed.ts'

/** The ways in which a broker may treat a message to retain. */
const REFUSALS = {
  'passes it on and keeps nothing': async (passOn: () => Promise<void>) => passOn(),
  'swallows it': async () => {},
  'refuses it': async () => {
    throw new Error('retained messages are not supported')
  },
} as const

function refuseRetained(broker: VirtualBroker, refuse: (passOn: () => Promise<void>) => Promise<void>): void {
  const connect = broker.connect.bind(broker)
  broker.connect = (from) => {
    const client = connect(from)
    return {
      ...client,
      publish: (topic, message, options) => {
        const passOn = () => client.publish(topic, message)
        return options?.retain ? refuse(passOn) : passOn()
      },
    }
  }
}

test.each(Object.entries(REFUSALS))(
  'a broker that should retain a message and %s costs half R_s',
  (_, refuse) =>
    withNodes(
      {
        hosts: [far(), far()],
        tamper: (_net, brokers) => {
          for (const broker of brokers) refuseRetained(broker, refuse)
        },
      },
      async (testbed) => {
        const [alice, bob] = pairOf(testbed)
        const { connection } = await alice.connect(bob.id, { strategies: ['direct'] })
        // A record would save half an R_s.
        expect(connection.elapsedMs).toBeGreaterThan(R_S)
        expect(connection.elapsedMs).toBeLessThanOrEqual(R_S + 2.5 * R_D)
        const again = await bob.connect(alice.id)
        expect(again.peer).toBe(alice.id)
      },
    ),
)
