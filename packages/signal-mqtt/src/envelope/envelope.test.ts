import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { envelopeTagKey, openEnvelope, readEnvelope, sealEnvelope } from './envelope.ts'
import { joinBytes } from '@p2pd/netif'
import { decodeMessage, encodeMessage, type Message, MessageKind, setSignature } from './message.ts'
import { nodeCrypto } from '../nodejs/node-crypto.ts'
import { SignalError } from '../signal-error.ts'
import { alice, bob, bytesOf, carol, seededRandom, textOf } from '../testdata/peers.ts'
import { toX25519PublicKey } from './ed25519-key.ts'

const random = seededRandom(1)
const message: Message = {
  from: alice.publicKey,
  kind: MessageKind.Body,
  id: random(16),
  clock: 1_700_000_000_000,
  sentAt: 1_700_000_000_000,
  expiresAt: 1_700_000_060_000,
  body: bytesOf('the attack is at dawn, at 192.168.1.5'),
}
const tagKey = envelopeTagKey(nodeCrypto, bob.publicKey)
const seal = (to = bob.publicKey, what = message) => sealEnvelope(nodeCrypto, alice, to, what, random(32))

function open(bytes: Uint8Array): Message {
  const read = readEnvelope(nodeCrypto, tagKey, bytes)
  if (!read) throw new SignalError('SIGNAL_MALFORMED', 'tag')
  return openEnvelope(nodeCrypto, bob, read.envelope)
}

/** Seals a plaintext of any kind to Bob, as only someone who knows his id can. */
function sealPlaintext(plaintext: Uint8Array): Uint8Array {
  const sealed = nodeCrypto.hpkeSeal({
    recipient: toX25519PublicKey(bob.publicKey),
    ephemeral: random(32),
    info: joinBytes(bytesOf('p2pd/1 envelope\0'), bob.publicKey),
    aad: Uint8Array.of(1),
    plaintext,
  })
  const tag = nodeCrypto.sha256(joinBytes(tagKey, Uint8Array.of(1), sealed)).subarray(0, 16)
  return joinBytes(Uint8Array.of(1), tag, sealed)
}

test('opens to what was sealed', () => {
  expect(open(seal())).toEqual(message)
})

test('has one of a few sizes, and shows neither the body nor a key', () => {
  const lengths = new Set<number>()
  for (let length = 0; length < 16_000; length += 397) {
    const envelope = seal(bob.publicKey, { ...message, body: new Uint8Array(length) })
    expect(open(envelope).body.length).toBe(length)
    lengths.add(envelope.length)
  }
  expect([...lengths]).toEqual([577, 1089, 2113, 4161, 8257, 16_449])
  const seen = Buffer.from(seal())
  for (const secret of [message.body, message.id, alice.publicKey, bob.publicKey]) {
    expect(seen.includes(Buffer.from(secret))).toBe(false)
  }
})

test('a body too large, a recipient that is not a key: refused when sealing', () => {
  const large = { ...message, body: new Uint8Array(16_385) }
  expect(() => seal(bob.publicKey, large)).toThrow(expect.objectContaining({ code: 'SIGNAL_TOO_LARGE' }))
  expect(() => seal(new Uint8Array(32))).toThrow(expect.objectContaining({ code: 'SIGNAL_BAD_KEY' }))
})

test('A16: a message for another node is refused, also when its tag was made anew', () => {
  const forCarol = seal(carol.publicKey)
  expect(() => open(forCarol)).toThrow(expect.objectContaining({ code: 'SIGNAL_MALFORMED' }))
  const sealed = forCarol.subarray(17)
  const tag = nodeCrypto.sha256(joinBytes(tagKey, Uint8Array.of(1), sealed)).subarray(0, 16)
  expect(() => open(joinBytes(Uint8Array.of(1), tag, sealed))).toThrow(
    expect.objectContaining({ code: 'SIGNAL_MALFORMED', message: 'envelope: not sealed to this node' }),
  )
})

test('a recipient cannot pass a message on as if it were for someone else', () => {
  const plaintext = encodeMessage(message)
  const signedForCarol = joinBytes(
    bytesOf('p2pd/1 message\0'),
    carol.publicKey,
    alice.publicKey,
    plaintext.subarray(96, 96 + 45 + message.body.length),
  )
  setSignature(plaintext, alice.sign(signedForCarol))
  expect(() => open(sealPlaintext(plaintext))).toThrow(expect.objectContaining({ code: 'SIGNAL_FORGED' }))
})

test('the sender is who signed: no other name, no key of small order, no unsigned change', () => {
  const forged = encodeMessage({ ...message, from: carol.publicKey })
  setSignature(forged, alice.sign(forged.subarray(96)))
  expect(() => open(sealPlaintext(forged))).toThrow(expect.objectContaining({ code: 'SIGNAL_FORGED' }))
  const smallOrder = encodeMessage({ ...message, from: Uint8Array.of(1, ...new Uint8Array(31)) })
  expect(() => open(sealPlaintext(smallOrder))).toThrow(expect.objectContaining({ code: 'SIGNAL_BAD_KEY' }))
})

test('sealed nonsense raises only SignalError', () => {
  const lengths = fc.constantFrom(0, 1, 96, 511, 512, 1024, 16_384)
  const plaintexts = lengths.chain((length) => fc.uint8Array({ minLength: length, maxLength: length }))
  fc.assert(
    fc.property(plaintexts, (plaintext) => {
      expect(() => open(sealPlaintext(plaintext))).toThrow(SignalError)
    }),
    { numRuns: 100 },
  )
})

test('10,000 mutated envelopes raise only SignalError', () => {
  const original = seal()
  let opened = ''
  for (let i = 0; i < 10_000; i++) {
    const altered = mutate(original, random(5))
    try {
      open(altered)
      opened = Buffer.from(altered).toString('hex')
    } catch (error) {
      if (!(error instanceof SignalError)) throw error
    }
  }
  expect(opened).toBe('')
})

test('what a decoded message carries is encoded to the same bytes', () => {
  const encoded = encodeMessage(message)
  expect(encodeMessage(decodeMessage(encoded))).toEqual(encoded)
  expect(textOf(decodeMessage(encoded).body)).toBe(textOf(message.body))
})

/** Flips a bit, cuts, or appends. */
function mutate(bytes: Uint8Array, dice: Uint8Array): Uint8Array {
  const [kind = 0, high = 0, low = 0, bit = 0, extra = 0] = dice
  const at = ((high << 8) | low) % bytes.length
  if (kind < 200) return bytes.with(at, (bytes[at] ?? 0) ^ (1 << (bit & 7)))
  return kind < 228 ? bytes.subarray(0, at) : joinBytes(bytes, new Uint8Array(extra + 1))
}
