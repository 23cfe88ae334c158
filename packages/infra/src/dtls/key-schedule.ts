import { joinBytes } from '@p2pd/netif'
import type { DtlsCrypto } from './dtls-crypto.ts'

/** RFC 5246 §8.1, §7.4.9. */
const MASTER_SECRET_BYTES = 48
const VERIFY_DATA_BYTES = 12

/** Of AES_128_GCM. RFC 5288 §3. */
const KEY_BYTES = 16
const SALT_BYTES = 4

/** Key and salt of one direction. RFC 5288 §3. */
export interface WriteKeys {
  readonly key: Uint8Array
  readonly salt: Uint8Array
}

/** The keys of a connection. */
export interface ConnectionKeys {
  readonly client: WriteKeys
  readonly server: WriteKeys
}

type Hmac = Pick<DtlsCrypto, 'hmacSha256'>

/** The pseudorandom function with SHA-256. RFC 5246 §5. */
export function prf(
  { hmacSha256 }: Hmac,
  secret: Uint8Array,
  label: string,
  seed: Uint8Array,
  length: number,
): Uint8Array {
  const labelled = joinBytes(new TextEncoder().encode(label), seed)
  let output = new Uint8Array()
  for (let a = hmacSha256(secret, labelled); output.length < length; a = hmacSha256(secret, a)) {
    output = joinBytes(output, hmacSha256(secret, joinBytes(a, labelled)))
  }
  return output.subarray(0, length)
}

/** The master secret, bound to the handshake up to ClientKeyExchange. RFC 7627 §4. */
export function extendedMasterSecret(
  crypto: Hmac,
  sharedSecret: Uint8Array,
  sessionHash: Uint8Array,
): Uint8Array {
  return prf(crypto, sharedSecret, 'extended master secret', sessionHash, MASTER_SECRET_BYTES)
}

/** The keys of both directions. RFC 5246 §6.3. */
export function connectionKeys(
  crypto: Hmac,
  masterSecret: Uint8Array,
  serverRandom: Uint8Array,
  clientRandom: Uint8Array,
): ConnectionKeys {
  const seed = joinBytes(serverRandom, clientRandom)
  const block = prf(crypto, masterSecret, 'key expansion', seed, 2 * (KEY_BYTES + SALT_BYTES))
  const salts = 2 * KEY_BYTES
  return {
    client: { key: block.subarray(0, KEY_BYTES), salt: block.subarray(salts, salts + SALT_BYTES) },
    server: { key: block.subarray(KEY_BYTES, salts), salt: block.subarray(salts + SALT_BYTES) },
  }
}

/** The content of the Finished message of one end. RFC 5246 §7.4.9. */
export function verifyData(
  crypto: Hmac,
  masterSecret: Uint8Array,
  end: 'client' | 'server',
  handshakeHash: Uint8Array,
): Uint8Array {
  return prf(crypto, masterSecret, `${end} finished`, handshakeHash, VERIFY_DATA_BYTES)
}
