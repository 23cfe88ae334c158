import { expect, test } from '@jest/globals'
import { alice, bob, bytesOf } from '../testdata/peers.ts'
import { A, B, listen, world } from '../testdata/world.ts'
import { MemoryBroker } from './memory-broker.ts'

/** After so long without a broker the next attempt is up to a minute away. */
const OUTAGE_MS = 300_000

/** Alice and Bob after an outage of both brokers; Bob's program is new. */
async function afterOutage() {
  const brokers = [A, B].map((url) => [url, new MemoryBroker()] as const)
  const all = world(brokers)
  const caller = all.open(alice)
  await caller.ready()
  for (const [, broker] of brokers) broker.stop()
  await all.clock.advance(OUTAGE_MS)
  return { ...all, caller, brokers: brokers.map(([, broker]) => broker) }
}

test('a message that finds no broker up has them dialled at once: one that is back carries it', async () => {
  const { caller, brokers, open, clock } = await afterOutage()
  await expect(caller.send(bob.publicKey, bytesOf('nobody is there'))).rejects.toThrow('connection refused')
  brokers[1]?.start()
  const callee = open(bob)
  const texts = listen(callee)
  await callee.ready()
  // Each broker is dialled once in two seconds at most.
  await clock.advance(2000)
  await caller.send(bob.publicKey, bytesOf('back'))
  expect(texts).toEqual(['alice: back'])
  await Promise.all([caller.close(), callee.close(), clock.advance(1000)])
})

test('a broker that stays away is dialled once in two seconds, however many messages there are', async () => {
  const dials: number[] = []
  const { caller, clock } = await (async () => {
    const broker = new MemoryBroker()
    const all = world([[A, broker]])
    const connect = () => {
      dials.push(all.clock.now())
      return broker.connect()
    }
    const caller = all.open(alice, { connect })
    await caller.ready()
    broker.stop()
    await all.clock.advance(OUTAGE_MS)
    return { caller, clock: all.clock }
  })()
  const before = dials.length
  const sends = Array.from({ length: 50 }, () => caller.send(bob.publicKey, bytesOf('x')))
  expect((await Promise.allSettled(sends)).map(({ status }) => status)).toEqual(Array(50).fill('rejected'))
  await expect(caller.send(bob.publicKey, bytesOf('x'))).rejects.toThrow('connection refused')
  expect(dials.length - before).toBe(1)
  await clock.advance(2000)
  await expect(caller.send(bob.publicKey, bytesOf('x'))).rejects.toThrow('connection refused')
  expect(dials.length - before).toBeLessThanOrEqual(3)
  await Promise.all([caller.close(), clock.advance(1000)])
})
