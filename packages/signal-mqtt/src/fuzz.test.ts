import { expect, test } from '@jest/globals'
import { concat } from './bytes.ts'
import type { SignalIdentity } from './crypto.ts'
import { Mailbox } from './mailbox.ts'
import { decodeMessage, encodeMessage, MessageKind } from './message.ts'
import { nodeCrypto } from './node/node-crypto.ts'
import { openRecord, sealRecord } from './record.ts'
import { SignalError } from './signal-error.ts'
import { alice, bob, bytesOf, seededRandom } from './testdata/peers.ts'

const random = seededRandom(31)
const WALL = 1_700_000_000_000
/** Far above what one takes: a test machine may be busy. */
const BOUND_MS = 250

/** Flips bits, cuts, appends, or overwrites a stretch, one to three times. */
function mutate(original: Uint8Array): Uint8Array {
  let bytes = original
  for (let times = 1 + ((random(1)[0] ?? 0) % 3); times > 0; times--) {
    const [kind = 0, high = 0, low = 0, value = 0] = random(4)
    const at = ((high << 8) | low) % (bytes.length || 1)
    if (kind < 150) bytes = bytes.length > 0 ? bytes.with(at, (bytes[at] ?? 0) ^ (1 << (value & 7))) : bytes
    else if (kind < 180) bytes = bytes.subarray(0, at)
    else if (kind < 210) bytes = concat(bytes, random(value))
    else bytes = concat(bytes.subarray(0, at), random(8), bytes.subarray(at + 8))
  }
  return bytes
}

/** Runs a parser on so many mutations; returns the longest time one took. */
function fuzz(count: number, original: Uint8Array, parse: (bytes: Uint8Array) => void): number {
  let longest = 0
  for (let i = 0; i < count; i++) {
    const bytes = mutate(original)
    const startedAt = performance.now()
    try {
      parse(bytes)
    } catch (error) {
      if (!(error instanceof SignalError)) throw error
    }
    longest = Math.max(longest, performance.now() - startedAt)
  }
  return longest
}

/** Takes the seal for granted, so that what is inside is fuzzed. */
function transparent(identity: SignalIdentity): SignalIdentity {
  return { ...identity, hpkeOpen: (_info, _aad, sealed) => sealed.slice(32, -16) }
}

const message = encodeMessage({
  from: alice.publicKey,
  kind: MessageKind.Body,
  id: random(16),
  clock: WALL,
  sentAt: WALL,
  expiresAt: WALL + 60_000,
  body: bytesOf('body'),
})

test('60,000 mutated envelopes', () => {
  const to = new Mailbox({ crypto: nodeCrypto, identity: bob, random }, 0)
  const envelope = new Mailbox({ crypto: nodeCrypto, identity: alice, random }, 0).seal(
    bob.publicKey,
    bytesOf('hello'),
    60_000,
    { now: 0, wall: WALL },
  )
  const longest = fuzz(60_000, envelope, (bytes) => {
    const received = to.receive(bytes, { now: 0, wall: WALL })
    // A mutation may undo itself; then it is the message, once.
    if (received.type === 'message') expect(bytes).toEqual(envelope)
  })
  expect(longest).toBeLessThan(BOUND_MS)
})

test('30,000 mutated messages inside a good seal', () => {
  expect(fuzz(20_000, message, (bytes) => void decodeMessage(bytes))).toBeLessThan(BOUND_MS)
  const identity = transparent(bob)
  const tagKey = nodeCrypto.sha256(concat(bytesOf('p2pd/1 envelope tag\0'), bob.publicKey))
  let now = 0
  const to = new Mailbox({ crypto: nodeCrypto, identity, random }, now)
  const longest = fuzz(10_000, message, (plaintext) => {
    now += 10
    const sealed = concat(new Uint8Array(32), plaintext, new Uint8Array(16))
    const tag = nodeCrypto.sha256(concat(tagKey, Uint8Array.of(1), sealed)).subarray(0, 16)
    const received = to.receive(concat(Uint8Array.of(1), tag, sealed), { now, wall: WALL })
    expect(received.type).toBe('dropped')
  })
  expect(longest).toBeLessThan(BOUND_MS)
})

test('10,000 mutated records', () => {
  const record = sealRecord(
    nodeCrypto,
    bob,
    { sentAt: WALL, expiresAt: WALL, body: bytesOf('here') },
    random(12),
  )
  expect(fuzz(10_000, record, (bytes) => void openRecord(nodeCrypto, bob.publicKey, bytes))).toBeLessThan(
    BOUND_MS,
  )
})
