import { ed25519 } from '@noble/curves/ed25519.js'
import { SignalError } from '../signal-error.ts'

/** Bytes of an encoded point. RFC 8032 §5.1.2. */
export const KEY_LENGTH = 32

/** The field's prime, 2^255 - 19. RFC 8032 §5.1. */
const P = 2n ** 255n - 19n

/**
 * The y coordinates of the eight points whose order divides the cofactor: orders 1, 2, 4 and 8.
 * Anyone can sign for such a key, and everyone agrees on the same secret with it. RFC 7748 §7.
 */
const SMALL_ORDER_Y = [
  1n,
  P - 1n,
  0n,
  2707385501144840649318225287225658788936804267575313519463743609750303402022n,
  P - 2707385501144840649318225287225658788936804267575313519463743609750303402022n,
]

/** Throws unless the bytes are the one encoding of a key that only its owner can sign for. RFC 8032 §5.1.3. */
export function checkPublicKey(key: Uint8Array): void {
  if (key.length !== KEY_LENGTH) throw badKey(`${key.length} bytes instead of ${KEY_LENGTH}`)
  const y = decodeY(key)
  if (y >= P) throw badKey('not in canonical form')
  if (SMALL_ORDER_Y.includes(y)) throw badKey('of small order')
}

/** Maps an Ed25519 public key to the X25519 one of the same private key. RFC 7748 §4.1. */
export function toX25519PublicKey(key: Uint8Array): Uint8Array {
  checkPublicKey(key)
  try {
    return ed25519.utils.toMontgomery(Uint8Array.from(key))
  } catch (error) {
    throw badKey('not a point on the curve', error)
  }
}

/** Little-endian, the sign of x in the highest bit left out. RFC 8032 §5.1.2. */
function decodeY(key: Uint8Array): bigint {
  const view = new DataView(key.buffer, key.byteOffset, KEY_LENGTH)
  let y = view.getBigUint64(24, true) & 0x7fff_ffff_ffff_ffffn
  for (const offset of [16, 8, 0]) y = (y << 64n) | view.getBigUint64(offset, true)
  return y
}

function badKey(reason: string, cause?: unknown): SignalError {
  return new SignalError('SIGNAL_BAD_KEY', `Ed25519 public key: ${reason}`, { cause })
}
