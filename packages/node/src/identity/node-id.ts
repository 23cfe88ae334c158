import { decodeBase32, encodeBase32 } from './base32.ts'
import { NodeError } from '../node-error.ts'
import { quote } from './quote.ts'

/** Bytes of an Ed25519 public key. RFC 8032 §5.1.5. */
export const PUBLIC_KEY_LENGTH = 32
/** Public key, checksum (2), version (1): 280 bits, which base32 writes without a remainder. */
const ID_LENGTH = 35
const ID_CHARACTERS = 56
const VERSION = 1
/** x^16 + x^12 + x^5 + 1, the CCITT polynomial: it sees every error within 16 bits in a row. */
const CRC_POLYNOMIAL = 0x1021
const CRC_INITIAL = 0xffff

/** Formats a public key as a node id: 56 lower-case base32 characters. */
export function formatNodeId(publicKey: Uint8Array): string {
  const bytes = new Uint8Array(ID_LENGTH)
  bytes.set(publicKey)
  bytes[ID_LENGTH - 1] = VERSION
  const checksum = checksumOf(bytes)
  bytes[PUBLIC_KEY_LENGTH] = checksum >> 8
  bytes[PUBLIC_KEY_LENGTH + 1] = checksum & 0xff
  return encodeBase32(bytes)
}

/** Parses a node id into its public key. Throws `NODE_BAD_ID`, which names the mistake. */
export function parseNodeId(text: string): Uint8Array {
  const id = text.toLowerCase()
  if (id.length !== ID_CHARACTERS) {
    throw badId(text, `it has ${id.length} characters instead of ${ID_CHARACTERS}`)
  }
  const bytes = decodeBase32(id)
  if (typeof bytes === 'string') throw badId(text, `${quote(bytes)} is not one of a-z and 2-7`)
  const checksum = ((bytes[PUBLIC_KEY_LENGTH] ?? 0) << 8) | (bytes[PUBLIC_KEY_LENGTH + 1] ?? 0)
  if (checksum !== checksumOf(bytes)) {
    throw badId(text, 'its checksum does not match, so at least one character is wrong')
  }
  if (bytes[ID_LENGTH - 1] !== VERSION) {
    throw badId(text, `it is of version ${bytes[ID_LENGTH - 1]}, this program knows ${VERSION}`)
  }
  return bytes.slice(0, PUBLIC_KEY_LENGTH)
}

/**
 * CRC-16 over public key and version. A wrong character, or two neighbours in the wrong order, change at most 10 adjacent
 * bits, so the CRC always detects them. A truncated hash would miss one error in 65,536.
 */
function checksumOf(bytes: Uint8Array): number {
  let crc = CRC_INITIAL
  for (const byte of [...bytes.subarray(0, PUBLIC_KEY_LENGTH), bytes[ID_LENGTH - 1] ?? 0]) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) {
      crc = crc & 0x8000 ? ((crc << 1) ^ CRC_POLYNOMIAL) & 0xffff : (crc << 1) & 0xffff
    }
  }
  return crc
}

function badId(text: string, why: string): NodeError {
  return new NodeError(
    'NODE_BAD_ID',
    `${quote(text)} is not a node id: ${why}; copy it again from \`p2pd id\``,
  )
}
