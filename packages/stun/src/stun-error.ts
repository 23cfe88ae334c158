/** Why a STUN operation failed. */
export type StunErrorCode =
  /** The server closed the connection before it answered. */
  | 'STUN_CLOSED'
  /** The server answered with an error response; `errorCode` has its number. */
  | 'STUN_ERROR_RESPONSE'
  /** A value cannot be encoded: an address, a port, a length. */
  | 'STUN_INVALID_ARGUMENT'
  /** A text is not a `stun:` or `stuns:` URI. */
  | 'STUN_INVALID_URI'
  /** Bytes are not a STUN message, or an attribute has a value that its RFC does not allow. */
  | 'STUN_MALFORMED'
  /** No response came in time. */
  | 'STUN_TIMEOUT'
  /** The TLS handshake failed, or the certificate names another server. */
  | 'STUN_TLS'

/** The fields of a {@link StunError} beside its message. */
export interface StunErrorOptions extends ErrorOptions {
  readonly errorCode?: number
}

/** Every failure `@p2pd/stun` can raise. Branch on `code`, never on `message`. */
export class StunError extends Error {
  override readonly name = 'StunError'
  readonly code: StunErrorCode
  /** The number in the server's ERROR-CODE, when `code` is `STUN_ERROR_RESPONSE`. RFC 8489 §14.8. */
  readonly errorCode: number | undefined

  constructor(code: StunErrorCode, message: string, options?: StunErrorOptions) {
    super(message, options)
    this.code = code
    this.errorCode = options?.errorCode
  }
}
