import { expect, test } from '@jest/globals'
import { nodeCrypto } from '../nodejs/node-crypto.ts'
import { openRecord, sealRecord } from './record.ts'
import { SignalError } from '../signal-error.ts'
import { alice, bob, bytesOf, seededRandom } from '../testdata/peers.ts'
import { recordTopic } from './topic.ts'

const random = seededRandom(11)
const record = { sentAt: 1_700_000_000_000, expiresAt: 1_700_003_600_000, body: bytesOf('at 192.168.1.5') }
const seal = (body: Uint8Array = record.body) => sealRecord(nodeCrypto, bob, { ...record, body }, random(12))

test('opens to what was sealed, for who knows the owner', () => {
  expect(openRecord(nodeCrypto, bob.publicKey, seal())).toEqual(record)
  for (const length of [0, 427, 428, 429, 16_300]) {
    const body = random(length)
    expect(openRecord(nodeCrypto, bob.publicKey, seal(body)).body).toEqual(body)
  }
})

test('shows neither body nor key, and its topic is not that of messages', () => {
  const seen = Buffer.from(seal())
  expect(seen.includes('192.168')).toBe(false)
  expect(seen.includes(Buffer.from(bob.publicKey))).toBe(false)
  expect(recordTopic(nodeCrypto, bob.publicKey)).toMatch(/^p2pd\/1\/r\/[a-z2-7]{52}$/)
})

test('is of its owner alone: another owner, another signer, each altered byte', () => {
  const malformed = expect.objectContaining({ code: 'SIGNAL_MALFORMED' })
  const sealed = seal()
  expect(() => openRecord(nodeCrypto, alice.publicKey, sealed)).toThrow(malformed)
  const byAlice = { ...alice, publicKey: bob.publicKey }
  expect(() =>
    openRecord(nodeCrypto, bob.publicKey, sealRecord(nodeCrypto, byAlice, record, random(12))),
  ).toThrow(expect.objectContaining({ code: 'SIGNAL_FORGED' }))
  for (let i = 0; i < sealed.length; i++) {
    const altered = sealed.with(i, (sealed[i] ?? 0) ^ 0x80)
    expect(() => openRecord(nodeCrypto, bob.publicKey, altered)).toThrow(malformed)
  }
  for (const bytes of [new Uint8Array(), random(541), random(70_000)]) {
    expect(() => openRecord(nodeCrypto, bob.publicKey, bytes)).toThrow(malformed)
  }
})

test('what is encrypted but nonsense is refused', () => {
  const key = nodeCrypto.sha256(Uint8Array.of(...bytesOf('p2pd/1 record key\0'), ...bob.publicKey))
  for (let i = 0; i < 200; i++) {
    const nonce = random(12)
    const version = Uint8Array.of(1)
    const plaintext = new Uint8Array(512)
    plaintext.set(random(i))
    const sealed = nodeCrypto.chacha20Poly1305.encrypt(key, nonce, version, plaintext)
    const bytes = Uint8Array.of(1, ...nonce, ...sealed)
    expect(() => openRecord(nodeCrypto, bob.publicKey, bytes)).toThrow(SignalError)
  }
})

test('a body too large is said when sealing', () => {
  expect(() => seal(new Uint8Array(16_384))).toThrow(expect.objectContaining({ code: 'SIGNAL_TOO_LARGE' }))
})
