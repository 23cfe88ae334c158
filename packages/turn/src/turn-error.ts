/** Why a TURN operation failed. */
export type TurnErrorCode =
  /** The server has relayed addresses of another family only. */
  | 'TURN_ADDRESS_FAMILY'
  /** The socket, the listener or the connection was closed by its user. */
  | 'TURN_CLOSED'
  /** The server refuses the user name or the password. */
  | 'TURN_CREDENTIALS'
  /** The server does not relay to this peer. */
  | 'TURN_FORBIDDEN'
  /** An argument is malformed or out of range; the message has its value. */
  | 'TURN_INVALID_ARGUMENT'
  /** A text is not a `turn:` or `turns:` URI. */
  | 'TURN_INVALID_URI'
  /** The server forgot the allocation, or the connection to it ended. */
  | 'TURN_LOST'
  /** Bytes are not a TURN message, or an attribute has a value that its RFC does not allow. */
  | 'TURN_MALFORMED'
  /** The server has too many allocations, of this user or of all. */
  | 'TURN_QUOTA'
  /** The server named another one that is not followed: too many, one tried before, or a loopback address. */
  | 'TURN_REDIRECTED'
  /** The server answered with another error; `errorCode` has its number. */
  | 'TURN_REFUSED'
  /** The server did not answer in time. */
  | 'TURN_TIMEOUT'
  /** The server cannot be dialled, its name has no address, or TLS with it failed. */
  | 'TURN_UNREACHABLE'
  /** The server does not relay this transport. */
  | 'TURN_UNSUPPORTED'

/** The fields of a {@link TurnError} beside its message. */
export interface TurnErrorOptions extends ErrorOptions {
  readonly errorCode?: number
}

/** Every failure `@p2pd/turn` can raise. Branch on `code`, never on `message`. */
export class TurnError extends Error {
  override readonly name = 'TurnError'
  readonly code: TurnErrorCode
  /** The number in the server's ERROR-CODE, when an error response is the cause. RFC 8489 §14.8. */
  readonly errorCode: number | undefined

  constructor(code: TurnErrorCode, message: string, options?: TurnErrorOptions) {
    super(message, options)
    this.code = code
    this.errorCode = options?.errorCode
  }
}
