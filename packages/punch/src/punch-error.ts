/** Why a punch came to nothing. */
export type PunchErrorCode = 'PUNCH_ABORTED' | 'PUNCH_INVALID_ARGUMENT' | 'PUNCH_NO_SOCKET' | 'PUNCH_TIMEOUT'

/** Every failure `@p2pd/punch` can raise. Branch on `code`, never on `message`. */
export class PunchError extends Error {
  override readonly name = 'PunchError'
  readonly code: PunchErrorCode

  constructor(code: PunchErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
