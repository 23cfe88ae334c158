import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'

/** The curves of RFC 8032 and RFC 7748 by their names in RFC 8037 §2. */
export type Curve = 'Ed25519' | 'X25519'

/** Stands where a JWK has the public key: OpenSSL computes it from the private one. */
const COMPUTED = base64url(new Uint8Array(32))

// JWK and not DER: OpenSSL 3 imports it in a tenth of the time, and each message brings a new key.

/** A private key of 32 raw bytes. RFC 8037 §2. */
export function importPrivateKey(crv: Curve, raw: Uint8Array): KeyObject {
  return createPrivateKey({ key: { kty: 'OKP', crv, d: base64url(raw), x: COMPUTED }, format: 'jwk' })
}

/** A public key of 32 raw bytes. RFC 8037 §2. */
export function importPublicKey(crv: Curve, raw: Uint8Array): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv, x: base64url(raw) }, format: 'jwk' })
}

/** The public half of a private key, as raw bytes. RFC 8037 §2. */
export function exportPublicKey(privateKey: KeyObject): Uint8Array {
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' })
  return Uint8Array.from(Buffer.from(x, 'base64url'))
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url')
}
