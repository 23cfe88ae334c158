/** Why a session, or a stream of it, failed. */
export type SessionErrorCode =
  /** The peer, or this side, ended the session with a code (`closeCode`). */
  | 'SESSION_ABORTED'
  /** It was used after it had been closed, by this side or by the peer. */
  | 'SESSION_CLOSED'
  /** An argument is out of range, or a path was attached twice. */
  | 'SESSION_INVALID_ARGUMENT'
  /** More streams are open, or waiting to be opened, than the limits allow. */
  | 'SESSION_LIMIT'
  /** No path came back within the time for resuming. */
  | 'SESSION_LOST'
  /** Bytes that are not a frame. */
  | 'SESSION_MALFORMED'
  /** Frames that may not be sent, or not now. */
  | 'SESSION_PROTOCOL'
  /** The peer aborted the stream (`closeCode`). */
  | 'SESSION_RESET'
  /** The peer does not have the session: it was restarted, gave it up, or its first path broke before the nomination arrived. */
  | 'SESSION_UNKNOWN'

/** Facts of an error beside its code. */
export interface SessionErrorOptions extends ErrorOptions {
  readonly closeCode?: number
  readonly unacknowledgedBytes?: number
}

/** Every failure `@p2pd/session` can raise. Branch on `code`, never on `message`. */
export class SessionError extends Error {
  override readonly name = 'SessionError'
  readonly code: SessionErrorCode
  /** The number that the peer gave as its reason. */
  readonly closeCode: number | undefined
  /** Bytes of all streams that were written and that the peer has not acknowledged. */
  readonly unacknowledgedBytes: number | undefined

  constructor(code: SessionErrorCode, message: string, options: SessionErrorOptions = {}) {
    super(message, options)
    this.code = code
    this.closeCode = options.closeCode
    this.unacknowledgedBytes = options.unacknowledgedBytes
  }
}
