import { StunError } from '../stun-error.ts'

/** The largest PADDING that fits into a datagram over IPv4. RFC 768. */
const MAX_PADDING_BYTES = 65_507 - 24

/** Encodes the value of PADDING: zeros that make a message larger than the MTU of a link. Throws `STUN_INVALID_ARGUMENT`. RFC 5780 §7.6. */
export function encodePadding(length: number): Uint8Array {
  if (!(Number.isInteger(length) && length >= 0 && length <= MAX_PADDING_BYTES)) {
    throw new StunError('STUN_INVALID_ARGUMENT', `PADDING: ${length} bytes, not 0 to ${MAX_PADDING_BYTES}`)
  }
  return new Uint8Array(length)
}
