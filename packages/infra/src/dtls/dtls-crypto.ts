/** Cryptography that a DTLS server needs, as a port. Node has it in `nodejs/dtls-crypto.ts`. */
export interface DtlsCrypto {
  readonly credentials: DtlsCredentials
  newKeyExchange(): KeyExchange
  sha256(data: Uint8Array): Uint8Array
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array
  readonly aes128Gcm: Aead
}

/** The certificate of a server, and what it implies. */
export interface DtlsCredentials {
  /** Its own certificate first, DER. */
  readonly certificates: readonly Uint8Array[]
  /** TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 or the one with ECDSA. RFC 5289 §3.2. */
  readonly suite: number
  /** RFC 8446 §4.2.3, for TLS 1.2 as well. */
  readonly signatureScheme: number
  sign(data: Uint8Array): Uint8Array
}

/** One end of an ephemeral key exchange on secp256r1. RFC 8422 §5.10. */
export interface KeyExchange {
  readonly publicKey: Uint8Array
  /** The shared secret; undefined when the peer's point is not on the curve. */
  agree(peer: Uint8Array): Uint8Array | undefined
}

/** Encryption with a tag of 16 bytes after the ciphertext. RFC 5116 §5.1. */
export interface Aead {
  seal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, associated: Uint8Array): Uint8Array
  /** Undefined when the tag is wrong. */
  open(
    key: Uint8Array,
    nonce: Uint8Array,
    ciphertext: Uint8Array,
    associated: Uint8Array,
  ): Uint8Array | undefined
}
