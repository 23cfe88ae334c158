import { StunError } from '../stun-error.ts'

/** Encodes the value of UNKNOWN-ATTRIBUTES: 16 bits for each type. RFC 8489 §14.13. */
export function encodeUnknownAttributes(types: readonly number[]): Uint8Array {
  return Uint8Array.from(types.flatMap((type) => [type >> 8, type & 0xff]))
}

/** Decodes the value of UNKNOWN-ATTRIBUTES; RFC 3489 servers may repeat a type to fill 32 bits. Throws `STUN_MALFORMED`. RFC 8489 §14.13. */
export function decodeUnknownAttributes(value: Uint8Array): number[] {
  if (value.length % 2 !== 0) {
    throw new StunError('STUN_MALFORMED', `UNKNOWN-ATTRIBUTES: ${value.length} bytes, an odd number`)
  }
  return Array.from(
    { length: value.length / 2 },
    (_, i) => ((value[2 * i] ?? 0) << 8) | (value[2 * i + 1] ?? 0),
  )
}
