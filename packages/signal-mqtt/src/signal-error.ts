/** Why a signalling operation failed. */
export type SignalErrorCode =
  | 'SIGNAL_ABORTED'
  | 'SIGNAL_BAD_KEY'
  | 'SIGNAL_BAD_URL'
  | 'SIGNAL_BROKER'
  | 'SIGNAL_CLOSED'
  | 'SIGNAL_FORGED'
  | 'SIGNAL_MALFORMED'
  | 'SIGNAL_NO_BROKER'
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
