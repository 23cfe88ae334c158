/** An AEAD whose key is used with a fresh nonce each time. RFC 5116 §2. */
export interface Aead {
  encrypt(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array
  /** Undefined when the ciphertext was not made with this key, nonce and additional data. */
  decrypt(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Uint8Array | undefined
}

/** The inputs by which one HPKE message is sealed. RFC 9180 §6.1. */
export interface HpkeSealInput {
  /** X25519 public key of the recipient. */
  readonly recipient: Uint8Array
  /** X25519 private key used for this message alone: 32 random bytes. */
  readonly ephemeral: Uint8Array
  readonly info: Uint8Array
  readonly aad: Uint8Array
  readonly plaintext: Uint8Array
}

/** The cryptography that signalling is built from; none of it is written here. */
export interface SignalCrypto {
  sha256(data: Uint8Array): Uint8Array
  /** Whether an Ed25519 signature is right. RFC 8032 §5.1.7. */
  verify(publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean
  /** HPKE base mode, single shot: `enc || ciphertext`. RFC 9180 §6.1. */
  hpkeSeal(input: HpkeSealInput): Uint8Array
  readonly chacha20Poly1305: Aead
}

/** A node's key pair, as far as signalling uses it. */
export interface SignalIdentity {
  /** Ed25519, 32 bytes. RFC 8032 §5.1.5. */
  readonly publicKey: Uint8Array
  sign(data: Uint8Array): Uint8Array
  /** Opens what `hpkeSeal` sealed to the X25519 form of this key; undefined when it was not. */
  hpkeOpen(info: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined
}
