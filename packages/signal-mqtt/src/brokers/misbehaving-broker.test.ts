import { expect, test } from '@jest/globals'
import { type Delivery, MemoryBroker } from './memory-broker.ts'
import { settle } from '@p2pd/netif/testing'
import { alice, bob, bytesOf, seededRandom } from '../testdata/peers.ts'
import { A, B, listen, world } from '../testdata/world.ts'

const random = seededRandom(21)
const chance = (percent: number) => (random(1)[0] ?? 0) < percent * 2.56

/** A broker that repeats, holds back and reorders, drops, alters, cuts, and makes things up. */
function misbehave(): (delivery: Delivery) => readonly Delivery[] {
  let heldBack: Delivery[] = []
  return (delivery) => {
    const { topic, payload } = delivery
    const out: Delivery[] = chance(30) ? [] : [delivery]
    if (chance(30)) out.push(delivery, delivery)
    if (chance(30)) heldBack.push(delivery)
    if (chance(30)) out.push({ topic, payload: payload.with(40, (payload[40] ?? 0) ^ 1) })
    if (chance(30)) out.push({ topic, payload: payload.subarray(0, 100) })
    if (chance(30)) out.push({ topic, payload: random(577) })
    if (chance(30)) {
      out.unshift(...heldBack.reverse())
      heldBack = []
    }
    return out
  }
}

test('two brokers that lie, repeat, reorder and drop: what arrives was sent, and arrives once', async () => {
  const brokers = [A, B].map((url) => [url, new MemoryBroker({ deliver: misbehave() })] as const)
  const { clock, open } = world(brokers)
  const [from, to] = [open(alice), open(bob)]
  const [texts, echoes] = [listen(to), listen(from)]
  await Promise.all([from.ready(), to.ready()])
  const sent = Array.from({ length: 300 }, (_, i) => `alice: ${i}`)
  for (let i = 0; i < sent.length; i++) {
    await from.send(bob.publicKey, bytesOf(`${i}`))
    await clock.advance(100)
  }
  await settle()
  expect(new Set(texts).size).toBe(texts.length)
  expect(sent).toEqual(expect.arrayContaining(texts))
  // Both drop 30 % for good or for a while: nine in ten arrive.
  expect(texts.length).toBeGreaterThan(250)
  expect(echoes).toEqual([])
  await Promise.all([from.close(), to.close()])
})

test('one honest broker is enough: everything arrives', async () => {
  const { clock, open } = world([
    [A, new MemoryBroker({ deliver: misbehave() })],
    [B, new MemoryBroker()],
  ]) // prettier-ignore
  const [from, to] = [open(alice), open(bob)]
  const texts = listen(to)
  await Promise.all([from.ready(), to.ready()])
  const sent = Array.from({ length: 100 }, (_, i) => `alice: ${i}`)
  for (let i = 0; i < sent.length; i++) {
    await from.send(bob.publicKey, bytesOf(`${i}`))
    await clock.advance(100)
  }
  await settle()
  expect(texts.sort()).toEqual(sent.sort())
  await Promise.all([from.close(), to.close()])
})
