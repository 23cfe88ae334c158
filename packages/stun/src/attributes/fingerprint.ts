import { equalBytes } from '@p2pd/netif'
import { AttributeType } from './attribute-type.ts'
import { appendAttribute } from './append-attribute.ts'
import { walkAttributes } from './raw-attributes.ts'

/** Distinguishes the checksum from the CRC-32 of another protocol on the port. RFC 8489 §14.7. */
const XOR_VALUE = 0x5354554e

/** ITU V.42's polynomial with its bits in reverse. RFC 8489 §14.7. */
const POLYNOMIAL = 0xedb88320

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
  return crc
})

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8)
  return ~crc
}

function fingerprint(covered: Uint8Array): Uint8Array {
  const value = new Uint8Array(4)
  new DataView(value.buffer).setUint32(0, crc32(covered) ^ XOR_VALUE)
  return value
}

/**
 * Adds FINGERPRINT to an encoded message; nothing may be added after it. Throws `STUN_INVALID_ARGUMENT`.
 * RFC 8489 §14.7.
 */
export function appendFingerprint(message: Uint8Array): Uint8Array {
  return appendAttribute(message, AttributeType.Fingerprint, 4, fingerprint)
}

/**
 * Checks the FINGERPRINT of a raw message; undefined when it has none. FINGERPRINT must be the last attribute. Throws
 * `STUN_MALFORMED`. RFC 8489 §14.7.
 */
export function checkFingerprint(message: Uint8Array): boolean | undefined {
  for (const { type, value, offset } of walkAttributes(message)) {
    if (type !== AttributeType.Fingerprint) continue
    const expected = fingerprint(message.subarray(0, offset))
    return offset + 8 === message.length && equalBytes(expected, value)
  }
  return undefined
}
