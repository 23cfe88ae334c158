/** Why an operation of this package failed. */
export type UdxErrorCode =
  /** The caller's signal ended an attempt to open a stream. */
  | 'UDX_ABORTED'
  /** The socket or the stream was closed before. */
  | 'UDX_CLOSED'
  /** An option has a wrong value, or the socket already has a stream. */
  | 'UDX_INVALID_ARGUMENT'
  /** `udx-native` is not installed, or not built for this platform. */
  | 'UDX_MISSING'
  /** The other end broke the framing or the flow control. */
  | 'UDX_PROTOCOL'
  /** The other end reset or closed the stream. */
  | 'UDX_RESET'
  /** `udx-native` failed in another way; `cause` is its error. */
  | 'UDX_SYSTEM'
  /** The other end stopped answering. */
  | 'UDX_TIMEOUT'

/** Every failure of `@p2pd/udx`, except those of binding a socket. Branch on `code`, never on `message`. */
export class UdxError extends Error {
  override readonly name = 'UdxError'
  readonly code: UdxErrorCode

  constructor(code: UdxErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
