import { equalBytes } from '@p2pd/netif'
import { appendAttribute } from './append-attribute.ts'
import { AttributeType } from './attribute-type.ts'
import { copyOf, walkAttributes } from './raw-attributes.ts'

/** A keyed hash: HMAC-SHA1 or HMAC-SHA256 (`@p2pd/stun/node` has both). RFC 2104. */
export type Hmac = (key: Uint8Array, data: Uint8Array) => Uint8Array

const SHA1_BYTES = 20

/** Whether the first attribute of a type holds the hash of the bytes before it. RFC 8489 §14.5. */
export function checkIntegrity(
  message: Uint8Array,
  type: number,
  hash: (covered: Uint8Array) => Uint8Array,
  lengths: readonly number[],
): boolean {
  for (const attribute of walkAttributes(message)) {
    if (attribute.type !== type) continue
    if (!lengths.includes(attribute.value.length)) return false
    const covered = copyOf(message, 0, attribute.offset)
    // The hash covers a length field as if the message ended with this attribute.
    new DataView(covered.buffer).setUint16(2, attribute.offset + 4 + attribute.value.length - 20)
    return equalBytes(hash(covered).subarray(0, attribute.value.length), attribute.value)
  }
  return false
}

/** Adds MESSAGE-INTEGRITY to an encoded message. Throws `STUN_INVALID_ARGUMENT`. RFC 8489 §14.5. */
export function appendMessageIntegrity(message: Uint8Array, key: Uint8Array, hmacSha1: Hmac): Uint8Array {
  return appendAttribute(message, AttributeType.MessageIntegrity, SHA1_BYTES, (covered) =>
    hmacSha1(key, covered),
  )
}

/** Whether a raw message has a MESSAGE-INTEGRITY that fits the key. Throws `STUN_MALFORMED`. RFC 8489 §14.5. */
export function checkMessageIntegrity(message: Uint8Array, key: Uint8Array, hmacSha1: Hmac): boolean {
  return checkIntegrity(message, AttributeType.MessageIntegrity, (covered) => hmacSha1(key, covered), [
    SHA1_BYTES,
  ])
}
