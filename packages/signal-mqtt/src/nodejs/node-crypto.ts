import { createHash, hash, sign, verify } from 'node:crypto'
import type { SignalCrypto, SignalIdentity } from '../envelope/crypto.ts'
import { toX25519PublicKey } from '../envelope/ed25519-key.ts'
import { SignalError } from '../signal-error.ts'
import { chacha20Poly1305 } from './chacha20-poly1305.ts'
import { hpkeOpen, hpkeSeal } from './hpke.ts'
import { exportPublicKey, importPrivateKey, importPublicKey } from './raw-key.ts'

/** RFC 8032 §5.1.5. */
const SEED_LENGTH = 32

/** The cryptography of signalling, on `node:crypto`. */
export const nodeCrypto: SignalCrypto = {
  sha256: (data) => hash('sha256', data, 'buffer'),
  verify(publicKey, data, signature) {
    try {
      return verify(null, data, importPublicKey('Ed25519', publicKey), signature)
    } catch {
      // Not a point on the curve: nothing is signed by it.
      return false
    }
  },
  hpkeSeal,
  chacha20Poly1305,
}

/**
 * The key pair of an Ed25519 private key of 32 bytes (`d` of its JWK). Throws `SIGNAL_BAD_KEY`. RFC 8032 §5.1.5,
 * RFC 8037 §2.
 */
export function identityFromSeed(seed: Uint8Array): SignalIdentity {
  if (seed.length !== SEED_LENGTH) {
    throw new SignalError(
      'SIGNAL_BAD_KEY',
      `Ed25519 private key: ${seed.length} bytes instead of ${SEED_LENGTH}`,
    )
  }
  const privateKey = importPrivateKey('Ed25519', seed)
  const publicKey = exportPublicKey(privateKey)
  // Both curves use the same scalar: the first half of the hashed seed. RFC 8032 §5.1.5.
  const scalar = createHash('sha512').update(seed).digest().subarray(0, 32)
  const recipient = {
    privateKey: importPrivateKey('X25519', scalar),
    publicKey: toX25519PublicKey(publicKey),
  }
  return {
    publicKey,
    sign: (data) => sign(null, data, privateKey),
    hpkeOpen: (info, aad, sealed) => hpkeOpen(recipient, info, aad, sealed),
  }
}
