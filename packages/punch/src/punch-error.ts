/** Why a punch failed. */
export type PunchErrorCode =
  /** The caller's `signal` aborted. */
  | 'PUNCH_ABORTED'
  /** The token does not have 16 bytes. */
  | 'PUNCH_INVALID_ARGUMENT'
  /** A local address of the plan cannot be bound or listened on. */
  | 'PUNCH_NO_SOCKET'
  /** No path worked both ways within the bound of the plan. */
  | 'PUNCH_TIMEOUT'

/** Every failure `@p2pd/punch` can raise. Branch on `code`, never on `message`. */
export class PunchError extends Error {
  override readonly name = 'PunchError'
  readonly code: PunchErrorCode

  constructor(code: PunchErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
