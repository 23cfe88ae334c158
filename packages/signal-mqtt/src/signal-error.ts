/** Why a signalling operation failed. */
export type SignalErrorCode =
  /** The signal of the caller aborted. */
  | 'SIGNAL_ABORTED'
  /** A public key is not a canonical point of the curve, or has a small order, so that anyone can sign for it. */
  | 'SIGNAL_BAD_KEY'
  /** The URL of a broker cannot be parsed, or has another scheme. */
  | 'SIGNAL_BAD_URL'
  /** One broker failed or did not answer in time; the message has its URL and the reason. */
  | 'SIGNAL_BROKER'
  /** Signalling was closed. */
  | 'SIGNAL_CLOSED'
  /** The signature of a message or a record is wrong. */
  | 'SIGNAL_FORGED'
  /** Bytes are not an envelope, a message or a record. */
  | 'SIGNAL_MALFORMED'
  /** No broker is up, or none took the message; the message names each with its reason. */
  | 'SIGNAL_NO_BROKER'
  /** A body does not fit into a message or a record. */
  | 'SIGNAL_TOO_LARGE'

/** Every failure `@p2pd/signal-mqtt` can raise. Branch on `code`, never on `message`. */
export class SignalError extends Error {
  override readonly name = 'SignalError'
  readonly code: SignalErrorCode

  constructor(code: SignalErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
