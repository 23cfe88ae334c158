import { SignalError } from '../signal-error.ts'

/** Bytes of an encoded point. RFC 8032 §5.1.2. */
export const KEY_LENGTH = 32

/** The field's prime, 2^255 - 19. RFC 8032 §5.1. */
const P = 2n ** 255n - 19n

/** The curve's parameter d. RFC 8032 §5.1. */
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n

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

/**
 * Maps an Ed25519 public key to the X25519 one of the same private key: u = (1 + y) / (1 - y). RFC 7748 §4.1.
 *
 * Public keys are not secret, so the time that this takes may depend on them. Throws SIGNAL_BAD_KEY.
 */
export function toX25519PublicKey(key: Uint8Array): Uint8Array {
  checkPublicKey(key)
  const y = decodeY(key)
  if (!isOnCurve(y)) throw badKey('not a point on the curve')
  return encode(((1n + y) * inverse(P + 1n - y)) % P)
}

/** Whether x^2 = (y^2 - 1) / (d y^2 + 1) has a solution, by Euler's criterion. RFC 8032 §5.1.3. */
function isOnCurve(y: bigint): boolean {
  const y2 = (y * y) % P
  return power(((y2 + P - 1n) * (D * y2 + 1n)) % P, (P - 1n) / 2n) === 1n
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (const bit of exponent.toString(2)) {
    result = (result * result) % P
    if (bit === '1') result = (result * base) % P
  }
  return result
}

/** The inverse modulo P, by Euclid's algorithm; `value` is from 1 to P - 1. */
function inverse(value: bigint): bigint {
  let [dividend, divisor] = [P, value]
  let [factor, nextFactor] = [0n, 1n]
  while (divisor > 1n) {
    const quotient = dividend / divisor
    ;[dividend, divisor] = [divisor, dividend - quotient * divisor]
    ;[factor, nextFactor] = [nextFactor, factor - quotient * nextFactor]
  }
  return nextFactor < 0n ? nextFactor + P : nextFactor
}

/** Little-endian. RFC 7748 §5. */
function encode(u: bigint): Uint8Array {
  const view = new DataView(new ArrayBuffer(KEY_LENGTH))
  for (let offset = 0; offset < KEY_LENGTH; offset += 8)
    view.setBigUint64(offset, BigInt.asUintN(64, u >> BigInt(8 * offset)), true)
  return new Uint8Array(view.buffer)
}

/** Little-endian, the sign of x in the highest bit left out. RFC 8032 §5.1.2. */
function decodeY(key: Uint8Array): bigint {
  const view = new DataView(key.buffer, key.byteOffset, KEY_LENGTH)
  let y = view.getBigUint64(24, true) & 0x7fff_ffff_ffff_ffffn
  for (const offset of [16, 8, 0]) y = (y << 64n) | view.getBigUint64(offset, true)
  return y
}

function badKey(reason: string): SignalError {
  return new SignalError('SIGNAL_BAD_KEY', `Ed25519 public key: ${reason}`)
}
