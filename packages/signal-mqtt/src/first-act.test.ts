import { expect, test } from '@jest/globals'
import { MemoryBroker } from './brokers/memory-broker.ts'
import { alice, bob, bytesOf } from './testdata/peers.ts'
import { A, B, world } from './testdata/world.ts'
import { ManualClock } from '@p2pd/netif/testing'

/** One way between a node and a broker. */
const ONE_WAY_MS = 25
const ROUND_TRIP_MS = 2 * ONE_WAY_MS

/** Bob is up and has left a record; he answers at once. Each moment is the time since Alice's program began. */
async function firstAct(urls: readonly string[]) {
  const clock = new ManualClock()
  const { open } = world(
    urls.map((url) => [url, new MemoryBroker({ clock, delayMs: ONE_WAY_MS })] as const),
    clock,
  )
  const callee = open(bob)
  await clock.advance(10 * ROUND_TRIP_MS)
  void callee.records.publish(bytesOf('record'))
  await clock.advance(10 * ROUND_TRIP_MS)
  const begin = clock.now()
  const moments: Record<string, number> = {}
  const note = (what: string) => () => void (moments[what] ??= clock.now() - begin)
  callee.onMessage((from) => {
    note('offer received')()
    void callee.send(from, bytesOf('answer'), { answer: true })
  })
  const caller = open(alice)
  caller.onMessage(note('answer received'))
  void caller.records.fetch(bob.publicKey).then(note('record received'))
  void caller
    .sendable(bob.publicKey)
    .then(note('offer sent'))
    .then(() => caller.send(bob.publicKey, bytesOf('offer')))
  for (let passed = 0; passed < 10 * ROUND_TRIP_MS; passed++) await clock.advance(1)
  await Promise.all([caller.close(), callee.close(), clock.advance(1000)])
  return moments
}

test.each([[[A]], [[A, B]]])(
  'the first act of a program costs one round trip to its broker, that of TCP: %j',
  async (urls) => {
    expect(await firstAct(urls)).toEqual({
      'offer sent': ROUND_TRIP_MS,
      'offer received': 2 * ROUND_TRIP_MS,
      'record received': 2 * ROUND_TRIP_MS,
      'answer received': 3 * ROUND_TRIP_MS,
    })
  },
)

test('a program whose brokers are down does not wait for them: the message says so', async () => {
  const broker = new MemoryBroker()
  broker.stop()
  const { open, clock } = world([[A, broker]])
  const caller = open(alice)
  await caller.sendable(bob.publicKey)
  await expect(caller.send(bob.publicKey, bytesOf('offer'))).rejects.toMatchObject({
    code: 'SIGNAL_NO_BROKER',
  })
  await caller.close()
  await caller.sendable(bob.publicKey)
  await clock.advance(1)
})
