import { createHmac, diffieHellman, type KeyObject } from 'node:crypto'
import type { HpkeSealInput } from '../envelope/crypto.ts'
import { SignalError } from '../signal-error.ts'
import { chacha20Poly1305 } from './chacha20-poly1305.ts'
import { exportPublicKey, importPrivateKey, importPublicKey } from './raw-key.ts'

/** Bytes of an encapsulated key, `Nenc`. RFC 9180 §7.1. */
const ENC_LENGTH = 32
/** DHKEM(X25519, HKDF-SHA256). RFC 9180 §7.1. */
const KEM_SUITE = Buffer.from('KEM\x00\x20', 'latin1')
/** DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305. RFC 9180 §5.1. */
const HPKE_SUITE = Buffer.from('HPKE\x00\x20\x00\x01\x00\x03', 'latin1')
const MODE_BASE = Buffer.of(0)
const EMPTY = Buffer.alloc(0)

/** Nothing secret: the same for every message of base mode. */
const PSK_ID_HASH = labeledExtract(HPKE_SUITE, EMPTY, 'psk_id_hash', EMPTY)

/** Seals one message to an X25519 public key; returns `enc || ciphertext`. Throws `SIGNAL_BAD_KEY`. RFC 9180 §6.1. */
export function hpkeSeal({ recipient, ephemeral, info, aad, plaintext }: HpkeSealInput): Uint8Array {
  const privateKey = importPrivateKey('X25519', ephemeral)
  const enc = exportPublicKey(privateKey)
  const shared = agree(privateKey, recipient)
  if (!shared)
    throw new SignalError('SIGNAL_BAD_KEY', 'public key of small order: nothing can be sealed to it')
  const { key, nonce } = keySchedule(sharedSecret(shared, enc, recipient), info)
  return Buffer.concat([enc, chacha20Poly1305.encrypt(key, nonce, aad, plaintext)])
}

/** Opens `enc || ciphertext`; undefined when it was not sealed to this key like this. RFC 9180 §6.1. */
export function hpkeOpen(
  recipient: { readonly privateKey: KeyObject; readonly publicKey: Uint8Array },
  info: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  const enc = sealed.subarray(0, ENC_LENGTH)
  const shared = agree(recipient.privateKey, enc)
  if (!shared) return undefined
  const { key, nonce } = keySchedule(sharedSecret(shared, enc, recipient.publicKey), info)
  return chacha20Poly1305.decrypt(key, nonce, aad, sealed.subarray(ENC_LENGTH))
}

/** The shared point, or undefined where it would be zero. RFC 7748 §6.1, RFC 9180 §7.1.4. */
function agree(privateKey: KeyObject, publicKey: Uint8Array): Uint8Array | undefined {
  try {
    return diffieHellman({ privateKey, publicKey: importPublicKey('X25519', publicKey) })
  } catch {
    // OpenSSL refuses public keys of small order and of the wrong length.
    return undefined
  }
}

/** `ExtractAndExpand` of DHKEM. RFC 9180 §4.1. */
function sharedSecret(dh: Uint8Array, enc: Uint8Array, recipient: Uint8Array): Uint8Array {
  const eaePrk = labeledExtract(KEM_SUITE, EMPTY, 'eae_prk', dh)
  return labeledExpand(KEM_SUITE, eaePrk, 'shared_secret', Buffer.concat([enc, recipient]), 32)
}

/** `KeySchedule` in base mode; the exporter is left out. RFC 9180 §5.1. */
function keySchedule(secret: Uint8Array, info: Uint8Array): { key: Uint8Array; nonce: Uint8Array } {
  const infoHash = labeledExtract(HPKE_SUITE, EMPTY, 'info_hash', info)
  const context = Buffer.concat([MODE_BASE, PSK_ID_HASH, infoHash])
  const prk = labeledExtract(HPKE_SUITE, secret, 'secret', EMPTY)
  return {
    key: labeledExpand(HPKE_SUITE, prk, 'key', context, 32),
    nonce: labeledExpand(HPKE_SUITE, prk, 'base_nonce', context, 12),
  }
}

/** RFC 9180 §4. */
function labeledExtract(suite: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array {
  return createHmac('sha256', salt).update('HPKE-v1').update(suite).update(label).update(ikm).digest()
}

/** RFC 9180 §4. One block of HKDF-Expand, which is enough: `length` is 32 at most. RFC 5869 §2.3. */
function labeledExpand(
  suite: Uint8Array,
  prk: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Uint8Array {
  return createHmac('sha256', prk)
    .update(Buffer.of(length >> 8, length & 0xff))
    .update('HPKE-v1')
    .update(suite)
    .update(label)
    .update(info)
    .update(Buffer.of(1))
    .digest()
    .subarray(0, length)
}
