import { AttributeType } from './attribute-type.ts'
import { StunError } from '../stun-error.ts'

/** The longest values: 508 bytes of USERNAME, 127 or 128 characters of the others. RFC 8489 §14.3, §14.9, §14.10, §14.14. */
const MAX_BYTES: ReadonlyMap<number, number> = new Map([
  [AttributeType.Username, 508],
  [AttributeType.Realm, 763],
  [AttributeType.Nonce, 763],
  [AttributeType.Software, 763],
])

/**
 * Encodes the value of USERNAME, REALM, NONCE or SOFTWARE as UTF-8. The caller prepares the string (RFC 8265).
 * Throws `STUN_INVALID_ARGUMENT`. RFC 8489 §14.3, §14.9, §14.10, §14.14.
 */
export function encodeText(type: number, text: string): Uint8Array {
  const value = new TextEncoder().encode(text)
  const max = MAX_BYTES.get(type) ?? 763
  if (value.length > max) {
    const name = `attribute 0x${type.toString(16).padStart(4, '0')}`
    throw new StunError('STUN_INVALID_ARGUMENT', `${name}: ${value.length} bytes of text, over ${max}`)
  }
  return value
}

/** Decodes text. Bytes that are not UTF-8 become U+FFFD. */
export function decodeText(value: Uint8Array): string {
  // A byte order mark is part of the name, which goes into a hash.
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(value)
}
