/** A node's key pair, as far as the protocol needs it: the private half stays behind `sign`. */
export interface Identity {
  /** 56 characters; see `formatNodeId`. */
  readonly id: string
  /** Raw Ed25519, 32 bytes. RFC 8032 §5.1.5. */
  readonly publicKey: Uint8Array
  /** Ed25519, 64 bytes. RFC 8032 §5.1.6. */
  sign(data: Uint8Array): Uint8Array
}

/** Checks an Ed25519 signature; false for any malformed input. RFC 8032 §5.1.7. */
export type Verify = (publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array) => boolean
