/** Why something with udx failed. */
export type UdxErrorCode =
  | 'UDX_ABORTED'
  | 'UDX_CLOSED'
  | 'UDX_INVALID_ARGUMENT'
  | 'UDX_MISSING'
  | 'UDX_PROTOCOL'
  | 'UDX_RESET'
  | 'UDX_SYSTEM'
  | 'UDX_TIMEOUT'

/** Every failure `@p2pd/udx` can raise, but for those of binding a socket. Branch on `code`, never on `message`. */
export class UdxError extends Error {
  override readonly name = 'UdxError'
  readonly code: UdxErrorCode

  constructor(code: UdxErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
