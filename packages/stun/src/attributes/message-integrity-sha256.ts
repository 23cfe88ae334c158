import { appendAttribute } from './append-attribute.ts'
import { AttributeType } from './attribute-type.ts'
import { checkIntegrity, type Hmac } from './message-integrity.ts'

const SHA256_BYTES = 32

/** A sender may truncate the hash to a multiple of 4 bytes, 16 at least. RFC 8489 §14.6. */
const TRUNCATED_BYTES = [16, 20, 24, 28, SHA256_BYTES]

/** Adds MESSAGE-INTEGRITY-SHA256 to an encoded message. Throws `STUN_INVALID_ARGUMENT`. RFC 8489 §14.6. */
export function appendMessageIntegritySha256(
  message: Uint8Array,
  key: Uint8Array,
  hmacSha256: Hmac,
): Uint8Array {
  const hash = (covered: Uint8Array) => hmacSha256(key, covered)
  return appendAttribute(message, AttributeType.MessageIntegritySha256, SHA256_BYTES, hash)
}

/** Whether a raw message has a MESSAGE-INTEGRITY-SHA256 that fits the key. Throws `STUN_MALFORMED`. RFC 8489 §14.6. */
export function checkMessageIntegritySha256(message: Uint8Array, key: Uint8Array, hmacSha256: Hmac): boolean {
  const hash = (covered: Uint8Array) => hmacSha256(key, covered)
  return checkIntegrity(message, AttributeType.MessageIntegritySha256, hash, TRUNCATED_BYTES)
}
