import { checkHeader, HEADER_BYTES } from '../message-header.ts'
import { StunError } from '../stun-error.ts'

/** An attribute with its value as on the wire, without padding. RFC 8489 §14. */
export interface Attribute {
  readonly type: number
  readonly value: Uint8Array
}

/** An attribute, and the offset of its header in the message. */
export interface LocatedAttribute extends Attribute {
  readonly offset: number
}

/** Rounds up to a multiple of 4, the boundary of attributes. RFC 8489 §14. */
export function padded(length: number): number {
  return (length + 3) & ~3
}

/** Copies some bytes. `slice` of Node's Buffer, which is a Uint8Array as well, does not copy. */
export function copyOf(bytes: Uint8Array, start: number, end = bytes.length): Uint8Array {
  return new Uint8Array(bytes.subarray(start, end))
}

/** Finds each attribute of a message in its raw bytes, duplicates included. Throws `STUN_MALFORMED`. RFC 8489 §14. */
export function* walkAttributes(bytes: Uint8Array): Generator<LocatedAttribute> {
  checkHeader(bytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let offset = HEADER_BYTES
  while (offset < bytes.length) {
    // Message and steps are multiples of 4 long, so the header of an attribute is always complete.
    const type = view.getUint16(offset)
    const length = view.getUint16(offset + 2)
    const start = offset + 4
    if (start + length > bytes.length) {
      throw new StunError('STUN_MALFORMED', `attribute 0x${type.toString(16)}: ${length} bytes, past the end`)
    }
    yield { type, value: copyOf(bytes, start, start + length), offset }
    offset = start + padded(length)
  }
}
