import { expect, test } from '@jest/globals'
import { rfc9180A21 } from '../testdata/rfc9180.ts'
import { hpkeOpen, hpkeSeal } from './hpke.ts'
import { importPrivateKey } from './raw-key.ts'

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))
const info = bytes(rfc9180A21.info)
const aad = bytes(rfc9180A21.aad)
const recipient = {
  privateKey: importPrivateKey('X25519', bytes(rfc9180A21.skRm)),
  publicKey: bytes(rfc9180A21.pkRm),
}
const sealed = bytes(rfc9180A21.enc + rfc9180A21.ciphertext)

test('seals as in RFC 9180 Appendix A.2.1.1', () => {
  const made = hpkeSeal({
    recipient: recipient.publicKey,
    ephemeral: bytes(rfc9180A21.skEm),
    info,
    aad,
    plaintext: bytes(rfc9180A21.plaintext),
  })
  expect(Buffer.from(made).toString('hex')).toBe(rfc9180A21.enc + rfc9180A21.ciphertext)
})

test('opens the message of RFC 9180 Appendix A.2.1.1', () => {
  expect(Buffer.from(hpkeOpen(recipient, info, aad, sealed) ?? []).toString()).toBe(
    'Beauty is truth, truth beauty',
  )
})

test('opens nothing else: each byte, info, additional data and length count', () => {
  for (let i = 0; i < sealed.length; i++) {
    const altered = sealed.slice()
    // The highest bit of an X25519 key is ignored (RFC 7748 §5), but it is part of the KEM's context.
    altered[i] = (altered[i] ?? 0) ^ 0x80
    expect(hpkeOpen(recipient, info, aad, altered)).toBeUndefined()
    expect(hpkeOpen(recipient, info, aad, sealed.subarray(0, i))).toBeUndefined()
  }
  expect(hpkeOpen(recipient, aad, aad, sealed)).toBeUndefined()
  expect(hpkeOpen(recipient, info, info, sealed)).toBeUndefined()
})

test('refuses encapsulated keys and recipients of small order', () => {
  const zero = new Uint8Array(32)
  const one = Uint8Array.of(1, ...new Uint8Array(31))
  for (const point of [zero, one]) {
    expect(hpkeOpen(recipient, info, aad, Uint8Array.of(...point, ...sealed.subarray(32)))).toBeUndefined()
    const input = { recipient: point, ephemeral: bytes(rfc9180A21.skEm), info, aad, plaintext: zero }
    expect(() => hpkeSeal(input)).toThrow(expect.objectContaining({ code: 'SIGNAL_BAD_KEY' }))
  }
})
