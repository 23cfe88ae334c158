/** Why discovery or prediction failed. What a NAT does is never an error: it is in the report. */
export type NatErrorCode = 'NAT_INVALID_ARGUMENT' | 'NAT_NO_ANSWER' | 'NAT_NO_SERVER'

/** Every failure `@p2pd/nat` can raise. Branch on `code`, never on `message`. */
export class NatError extends Error {
  override readonly name = 'NatError'
  readonly code: NatErrorCode

  constructor(code: NatErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
