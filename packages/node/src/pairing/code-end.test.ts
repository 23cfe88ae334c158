import { expect, test } from '@jest/globals'
import { ManualClock } from '@p2pd/netif/testing'
import { memoryPairingBroker } from '../testdata/pairing.ts'
import { alice, bob, guess, sideOf, waiting } from '../testdata/pairing-sides.ts'
import { topicsOf } from './pairing-keys.ts'
import { encodePairingMessage } from './pairing-message.ts'
import { type PairingBroker, runPairing } from './run-pairing.ts'
import { WaitingSide } from './waiting-side.ts'

/** The words of a failed guess, and how long it has waited. */
async function lateGuess(
  broker: PairingBroker,
  clock: ManualClock,
): Promise<[words: string, waitedMs: number]> {
  const startedAt = clock.now()
  const over: [string, number][] = []
  void guess(broker, clock, 5).catch((error: Error) => over.push([error.message, clock.now() - startedAt]))
  for (;;) {
    const [first] = over
    if (first !== undefined) return first
    await clock.advance(100)
  }
}

const NEW_CODE = 'ask the other side for a new one'

test('H4: a code that has ended says how, within two seconds', async () => {
  const ends: readonly [string, (broker: PairingBroker, clock: ManualClock) => Promise<void>][] = [
    [
      'the code was used already, and is good for one pairing',
      async (broker, clock) => {
        await waiting(broker, clock)
        await Promise.all([guess(broker, clock, 2), clock.advance(10)])
      },
    ],
    [
      'the code is older than ten minutes',
      async (broker, clock) => {
        await waiting(broker, clock)
        await clock.advance(600_000)
      },
    ],
    [
      'the command that showed the code has ended',
      async (broker, clock) => {
        const ending = new AbortController()
        const run = { broker, clock, signal: ending.signal }
        void runPairing(new WaitingSide(sideOf(alice, 1)), run).catch(() => {})
        await clock.advance(600)
        ending.abort()
      },
    ],
  ]
  for (const [words, end] of ends) {
    const clock = new ManualClock()
    const { broker } = memoryPairingBroker()
    await end(broker, clock)
    // The side that was used answers late messages for a while; afterwards the brokers tell its end.
    const [first] = await lateGuess(broker, clock)
    await clock.advance(10_000)
    const [second, waitedMs] = await lateGuess(broker, clock)
    expect([first, second]).toEqual([`${words}: ${NEW_CODE}`, `${words}: ${NEW_CODE}`])
    expect(waitedMs).toBeLessThanOrEqual(2000)
  }
})

test('H4: a number that nobody has claimed differs from a side that was killed', async () => {
  const clock = new ManualClock()
  const { broker } = memoryPairingBroker()
  const [nobody, waitedMs] = await lateGuess(broker, clock)
  expect([nobody, waitedMs]).toEqual([
    'nobody shows a code with the number 7421 now: it may be long over, or the other side uses other brokers',
    5000,
  ])
  await broker.publish(
    topicsOf(7421).claim,
    encodePairingMessage({ type: 'claim', holder: new Uint8Array(16) }),
    { retain: true },
  )
  const [killed, waitedForIt] = await lateGuess(broker, clock)
  expect(killed).toMatch(/^the other side has shown the code, and does not answer/)
  expect(waitedForIt).toBe(10_000)
})

test('H4: an end that one broker remembers does not hide the claim that another one has', async () => {
  const clock = new ManualClock()
  const { broker } = memoryPairingBroker()
  const old = encodePairingMessage({ type: 'ended', holder: new Uint8Array(16).fill(9), why: 'used' })
  const side = await waiting(broker, clock)
  const both: PairingBroker = {
    publish: (...message) => broker.publish(...message),
    subscribe: async (topic, listener) => {
      if (topic === topicsOf(7421).claim) listener(old)
      return broker.subscribe(topic, listener)
    },
  }
  const guessed = guess(both, clock, 2)
  await clock.advance(10)
  expect([await guessed, await side.result]).toEqual([alice, bob])
})
