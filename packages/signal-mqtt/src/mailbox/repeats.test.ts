import { expect, test } from '@jest/globals'
import { envelopeTagKey, readEnvelope } from '../envelope/envelope.ts'
import { Mailbox } from './mailbox.ts'
import { nodeCrypto } from '../nodejs/node-crypto.ts'
import { type Repeatable, Repeats } from './repeats.ts'
import { ManualClock } from '@p2pd/netif/testing'
import { alice, bob, bytesOf, carol, seededRandom } from '../testdata/peers.ts'

/** Repeats for Bob, and when which of them were sent, with work or without. */
function repeating() {
  const clock = new ManualClock()
  const sent: string[] = []
  const tagKey = envelopeTagKey(nodeCrypto, bob.publicKey)
  const publish = ({ envelope }: Repeatable) => {
    const { worked } = readEnvelope(nodeCrypto, tagKey, envelope) ?? {}
    sent.push(`${clock.now()}: ${worked ? 'with work' : 'as it was'}`)
  }
  const mailbox = new Mailbox({ crypto: nodeCrypto, identity: alice, random: seededRandom(71) }, 0)
  const envelope = mailbox.seal(bob.publicKey, bytesOf('hello'), 60_000, { now: 0, wall: 1e12 })
  const message = { to: bob.publicKey, envelope, expiresInMs: 60_000 }
  return { clock, sent, message, repeats: new Repeats({ clock, crypto: nodeCrypto, publish }) }
}

test('twice with work, then never again', async () => {
  const { clock, sent, message, repeats } = repeating()
  repeats.planWithWork(message)
  await clock.advance(10_000)
  expect(sent).toEqual(['250: with work', '800: with work'])
  expect(clock.pending).toBe(0)
})

test('an answer once, without', async () => {
  const { clock, sent, message, repeats } = repeating()
  repeats.plan(message)
  await clock.advance(10_000)
  expect(sent).toEqual(['800: as it was'])
})

test('not at all when the peer answers before, not a second time when it answers then', async () => {
  const { clock, sent, message, repeats } = repeating()
  repeats.planWithWork(message)
  await clock.advance(249)
  repeats.drop(carol.publicKey)
  expect(clock.pending).toBe(1)
  repeats.drop(bob.publicKey)
  expect(clock.pending).toBe(0)
  repeats.planWithWork(message)
  await clock.advance(250)
  repeats.drop(bob.publicKey)
  await clock.advance(10_000)
  expect(sent).toEqual(['499: with work'])
})

test('can be cancelled at any time, the search for work included', async () => {
  for (const after of [0, 250, 799]) {
    const { clock, sent, message, repeats } = repeating()
    const cancel = repeats.planWithWork(message)
    await clock.advance(after)
    const before = sent.length
    cancel()
    await clock.advance(10_000)
    expect([clock.pending, sent.length]).toEqual([0, before])
  }
})

test('closing ends them all', async () => {
  const { clock, sent, message, repeats } = repeating()
  repeats.planWithWork(message)
  repeats.plan({ ...message, to: carol.publicKey })
  repeats.close()
  await clock.advance(10_000)
  expect([clock.pending, sent.length]).toEqual([0, 0])
})
