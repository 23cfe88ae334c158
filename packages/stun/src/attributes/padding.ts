import { StunError } from '../stun-error.ts'

/** A datagram's payload over IPv4 ends here; PADDING larger than that could not be sent. RFC 768. */
const MAX_PADDING_BYTES = 65_507 - 24

/** Encodes the value of PADDING: zeros that make a message larger than a link's MTU. RFC 5780 §7.6. */
export function encodePadding(length: number): Uint8Array {
  if (!(Number.isInteger(length) && length >= 0 && length <= MAX_PADDING_BYTES)) {
    throw new StunError('STUN_INVALID_ARGUMENT', `PADDING: ${length} bytes, not 0 to ${MAX_PADDING_BYTES}`)
  }
  return new Uint8Array(length)
}
