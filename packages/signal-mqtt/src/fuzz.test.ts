import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { joinBytes } from '@p2pd/netif'
import type { Aead, SignalIdentity } from './envelope/crypto.ts'
import { Mailbox } from './mailbox/mailbox.ts'
import { decodeMessage, encodeMessage, MessageKind } from './envelope/message.ts'
import { nodeCrypto } from './nodejs/node-crypto.ts'
import { openRecord, sealRecord } from './envelope/record.ts'
import { SignalError } from './signal-error.ts'
import { alice, bob, bytesOf, seededRandom } from './testdata/peers.ts'

// Most of the time would go into stack traces that nobody reads.
const { stackTraceLimit } = Error
beforeAll(() => {
  Error.stackTraceLimit = 0
})
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit
})

const random = seededRandom(31)
const WALL = 1_700_000_000_000
/** Mutations of each kind; `P2PD_FUZZ` asks for others. */
const RUNS = Number(process.env['P2PD_FUZZ'] ?? 40_000)
/** Far above what one takes: a test machine may be busy. */
const BOUND_MS = 250
/** For all of one test: some seconds, on a machine that does nothing else. */
const TIMEOUT_MS = 120_000

/** Flips bits, cuts, appends, or overwrites a stretch, one to three times. */
function mutate(original: Uint8Array): Uint8Array {
  let bytes = original
  for (let times = 1 + ((random(1)[0] ?? 0) % 3); times > 0; times--) {
    const [kind = 0, high = 0, low = 0, value = 0] = random(4)
    const at = ((high << 8) | low) % (bytes.length || 1)
    if (kind < 150) bytes = bytes.length > 0 ? bytes.with(at, (bytes[at] ?? 0) ^ (1 << (value & 7))) : bytes
    else if (kind < 180) bytes = bytes.subarray(0, at)
    else if (kind < 210) bytes = joinBytes(bytes, random(value))
    else bytes = joinBytes(bytes.subarray(0, at), random(8), bytes.subarray(at + 8))
  }
  return bytes
}

/** Runs a parser on as many mutations; returns the longest time one took, in milliseconds. */
function fuzz(samples: readonly Uint8Array[], parse: (bytes: Uint8Array) => void): number {
  const timed = (bytes: Uint8Array) => {
    const startedAt = performance.now()
    try {
      parse(bytes)
    } catch (error) {
      if (!(error instanceof SignalError)) throw error
    }
    return performance.now() - startedAt
  }
  let longest = 0
  for (let run = 0; run < RUNS; run++) {
    const bytes = mutate(samples[run % samples.length] ?? new Uint8Array())
    let time = timed(bytes)
    // Other work of the machine hardly slows down all three.
    for (let again = 0; time > BOUND_MS && again < 2; again++) time = Math.min(time, timed(bytes))
    longest = Math.max(longest, time)
  }
  return longest
}

/** Takes the seal for granted, so that what is inside is fuzzed. */
function transparent(identity: SignalIdentity): SignalIdentity {
  return { ...identity, hpkeOpen: (_info, _aad, sealed) => sealed.slice(32, -16) }
}

/** An AEAD that encrypts nothing, for what is inside. */
const unsealed: Aead = {
  encrypt: (_key, _nonce, _data, plaintext) => joinBytes(plaintext, new Uint8Array(16)),
  decrypt: (_key, _nonce, _data, sealed) => sealed.slice(0, -16),
}

const [message, clockNotice] = [MessageKind.Body, MessageKind.ClockNotice].map((kind) =>
  encodeMessage({
    from: alice.publicKey,
    kind,
    id: random(16),
    clock: WALL,
    sentAt: WALL,
    expiresAt: WALL + 60_000,
    body: bytesOf('a body of 16 b.'),
  }),
) as [Uint8Array, Uint8Array]

test(
  'mutated envelopes',
  () => {
    const to = new Mailbox({ crypto: nodeCrypto, identity: bob, random }, 0)
    const envelope = new Mailbox({ crypto: nodeCrypto, identity: alice, random }, 0).seal(
      bob.publicKey,
      bytesOf('hello'),
      60_000,
      { now: 0, wall: WALL },
    )
    const longest = fuzz([envelope], (bytes) => {
      const received = to.receive(bytes, { now: 0, wall: WALL })
      // A mutation may undo itself; then it is the message, once.
      if (received.type === 'message') expect(bytes).toEqual(envelope)
    })
    expect(longest).toBeLessThan(BOUND_MS)
  },
  TIMEOUT_MS,
)

test(
  'mutated messages and clock notices',
  () => {
    expect(fuzz([message, clockNotice], (bytes) => void decodeMessage(bytes))).toBeLessThan(BOUND_MS)
  },
  TIMEOUT_MS,
)

test(
  'mutated messages and clock notices inside a good seal',
  () => {
    const identity = transparent(bob)
    // None is well signed, which would take most of the time to find out.
    const crypto = { ...nodeCrypto, verify: () => false }
    const tagKey = nodeCrypto.sha256(joinBytes(bytesOf('p2pd/1 envelope tag\0'), bob.publicKey))
    let now = 0
    const to = new Mailbox({ crypto, identity, random }, now)
    const longest = fuzz([message, clockNotice], (plaintext) => {
      now += 10
      const sealed = joinBytes(new Uint8Array(32), plaintext, new Uint8Array(16))
      const tag = nodeCrypto.sha256(joinBytes(tagKey, Uint8Array.of(1), sealed)).subarray(0, 16)
      const received = to.receive(joinBytes(Uint8Array.of(1), tag, sealed), { now, wall: WALL })
      if (received.type !== 'dropped') throw new Error(`${received.type} of an unsigned message`)
    })
    expect(longest).toBeLessThan(BOUND_MS)
  },
  TIMEOUT_MS,
)

test.each([
  ['records', nodeCrypto],
  ['records inside a good seal', { ...nodeCrypto, chacha20Poly1305: unsealed, verify: () => true }],
])(
  'mutated %s',
  (_, crypto) => {
    const content = { sentAt: WALL, expiresAt: WALL, body: bytesOf('here') }
    const record = sealRecord(crypto, bob, content, random(12))
    const open = (bytes: Uint8Array) => void openRecord(crypto, bob.publicKey, bytes)
    open(record)
    expect(fuzz([record], open)).toBeLessThan(BOUND_MS)
  },
  TIMEOUT_MS,
)
