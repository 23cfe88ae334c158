/** Why a STUN operation failed. */
export type StunErrorCode =
  | 'STUN_CLOSED'
  | 'STUN_ERROR_RESPONSE'
  | 'STUN_INVALID_ARGUMENT'
  | 'STUN_INVALID_URI'
  | 'STUN_MALFORMED'
  | 'STUN_TIMEOUT'
  | 'STUN_TLS'

/** What a {@link StunError} carries beside its message. */
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
