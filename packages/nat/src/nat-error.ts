/** Why a function of this package failed. The behaviour of a NAT is never an error: it is in the report. */
export type NatErrorCode =
  /** A port range is not one, or no NIC has an address and a default route. */
  | 'NAT_INVALID_ARGUMENT'
  /** No STUN server answered, or none with an answer that can be true. */
  | 'NAT_NO_ANSWER'
  /** No server of the list has an address for the family and protocol. */
  | 'NAT_NO_SERVER'

/** Every failure `@p2pd/nat` can raise. Branch on `code`, never on `message`. */
export class NatError extends Error {
  override readonly name = 'NatError'
  readonly code: NatErrorCode

  constructor(code: NatErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
