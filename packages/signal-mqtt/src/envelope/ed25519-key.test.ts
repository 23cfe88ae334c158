import { expect, test } from '@jest/globals'
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import fc from 'fast-check'
import { checkPublicKey, toX25519PublicKey } from './ed25519-key.ts'
import { identityFromSeed } from '../nodejs/node-crypto.ts'

/** A point of order 8; its multiples are all the points of small order. */
const ORDER_8 = 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'
const badKey = expect.objectContaining({ code: 'SIGNAL_BAD_KEY' })

test('maps to the X25519 key of the same private key', () => {
  for (let i = 1; i < 20; i++) {
    const seed = new Uint8Array(32).fill(i)
    const secret = ed25519.utils.toMontgomerySecret(seed)
    const { publicKey } = identityFromSeed(seed)
    expect(toX25519PublicKey(publicKey)).toEqual(x25519.getPublicKey(secret))
    expect(() => checkPublicKey(publicKey)).not.toThrow()
  }
})

test('maps, or refuses, any 32 bytes as @noble/curves does', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const key = bytes.with(31, (bytes[31] ?? 0) & 0x7f)
      expect(resultOf(() => toX25519PublicKey(key))).toEqual(resultOf(() => ed25519.utils.toMontgomery(key)))
    }),
  )
})

test('refuses the eight points of small order, whatever the sign of x', () => {
  let point = ed25519.Point.fromHex(ORDER_8)
  for (let i = 0; i < 8; i++) {
    const key = point.toBytes()
    expect(() => checkPublicKey(key)).toThrow(badKey)
    expect(() => checkPublicKey(key.with(31, (key[31] ?? 0) ^ 0x80))).toThrow(badKey)
    point = point.add(ed25519.Point.fromHex(ORDER_8))
  }
})

test('refuses what is not in canonical form, not on the curve, or not a key', () => {
  for (let low = 0xed; low <= 0xff; low++) {
    const key = new Uint8Array(32).fill(0xff).with(0, low)
    expect(() => checkPublicKey(key)).toThrow(badKey)
    expect(() => checkPublicKey(key.with(31, 0x7f))).toThrow(badKey)
  }
  expect(() => toX25519PublicKey(Uint8Array.of(2, ...new Uint8Array(31)))).toThrow(badKey)
  expect(() => checkPublicKey(new Uint8Array(31))).toThrow(badKey)
})

/** The result, or that there is none. */
function resultOf(map: () => Uint8Array): Uint8Array | undefined {
  try {
    return map()
  } catch {
    return undefined
  }
}
