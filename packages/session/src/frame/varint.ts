import { SessionError } from '../session-error.ts'

const TWO_TO_32 = 2 ** 32

/** Bytes of an encoded integer: 1, 2, 4 or 8. RFC 9000 §16. */
export function varintLength(value: number): number {
  if (value < 0x40) return 1
  if (value < 0x4000) return 2
  return value < 0x4000_0000 ? 4 : 8
}

/** Bytes of the encoded integer that begins with this byte. RFC 9000 §16. */
export function varintLengthOf(firstByte: number): number {
  return 1 << (firstByte >> 6)
}

/** Writes an integer from 0 to 2^53 - 1 at a place; returns the place after it. RFC 9000 §16. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  const length = varintLength(value)
  const marks = { 1: 0, 2: 0x40, 4: 0x80, 8: 0xc0 }[length] ?? 0
  let rest = value
  for (let i = at + length - 1; i > at; i--) {
    bytes[i] = rest % 256
    rest = Math.floor(rest / 256)
  }
  bytes[at] = rest | marks
  return at + length
}

/** Reads an integer of which all bytes are there. Above 2^53 - 1 it is refused. RFC 9000 §16. */
export function readVarint(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number
  const length = varintLengthOf(first)
  let value = first & 0x3f
  for (let i = at + 1; i < at + length; i++) value = value * 256 + (bytes[i] as number)
  if (value > Number.MAX_SAFE_INTEGER) {
    throw new SessionError('SESSION_MALFORMED', `an integer of ${Math.floor(value / TWO_TO_32)} times 2^32`)
  }
  return value
}
