import { createHash, createHmac } from 'node:crypto'
import type { Hmac } from '../attributes/message-integrity.ts'

/** HMAC-SHA1, for MESSAGE-INTEGRITY. RFC 8489 §14.5. */
export const hmacSha1: Hmac = (key, data) => createHmac('sha1', key).update(data).digest()

/** HMAC-SHA256, for MESSAGE-INTEGRITY-SHA256. RFC 8489 §14.6. */
export const hmacSha256: Hmac = (key, data) => createHmac('sha256', key).update(data).digest()

/** A user of a server, each string as RFC 8265 prepares it. RFC 8489 §9.2. */
export interface LongTermCredentials {
  readonly username: string
  readonly realm: string
  readonly password: string
}

/** The key of the long-term mechanism, under either PASSWORD-ALGORITHM. RFC 8489 §9.2.2, §18.5. */
export function longTermKey(
  { username, realm, password }: LongTermCredentials,
  algorithm: 'MD5' | 'SHA-256' = 'MD5',
): Uint8Array {
  const hash = createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
  return hash.update(`${username}:${realm}:${password}`).digest()
}
