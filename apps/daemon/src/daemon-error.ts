/** Why a daemon could not start. */
export type DaemonErrorCode =
  /** Another daemon of this user runs already; the message names it. */
  | 'DAEMON_RUNNING'
  /** The port or the address cannot be listened on. */
  | 'DAEMON_LISTEN'
  /** The daemon was to listen beyond loopback without a token. */
  | 'DAEMON_NO_TOKEN'
  /** The token file cannot be read or written, or other users can read it. */
  | 'DAEMON_TOKEN_FILE'
  /** The folder of the Unix socket is not private, or its path is too long. */
  | 'DAEMON_SOCKET'
  /** A client's pattern is malformed, or too large to be run. */
  | 'DAEMON_BAD_PATTERN'
  /** A path or a parameter of a request is malformed. */
  | 'DAEMON_BAD_REQUEST'
  /** No pipe has the name. */
  | 'DAEMON_NO_PIPE'
  /** The pipe ended by an error, and the peer does not have everything. */
  | 'DAEMON_PIPE_LOST'
  /** No client of the name holds a connection to `/v1/clients/{name}`. */
  | 'DAEMON_NO_CLIENT'
  /** No caller with the id waits any more. */
  | 'DAEMON_NO_CALLER'
  /** No client offers a service of the name. */
  | 'DAEMON_NO_SERVICE'
  /** No forward has the id. */
  | 'DAEMON_NO_FORWARD'
  /** No pairing has the id. */
  | 'DAEMON_NO_PAIRING'
  /** No stream of the pipe has the id. */
  | 'DAEMON_NO_STREAM'
  /** No transfer has the id. */
  | 'DAEMON_NO_TRANSFER'
  /** The transfer cannot be accepted or refused: it is decided already. */
  | 'DAEMON_DECIDED'
  /** The request names a path of the file system, and did not come over the Unix socket. */
  | 'DAEMON_OWNER_ONLY'
  /** The `Idempotency-Key` belongs to another request. */
  | 'DAEMON_KEY_REUSED'
  /** Another pipe has the name. */
  | 'DAEMON_NAME_TAKEN'
  /** The pipe is joined to another connection, which reads its bytes. */
  | 'DAEMON_IN_USE'
  /** The daemon has reached a bound: pipes, subscriptions, connections. */
  | 'DAEMON_BUSY'
  /** The guard refused a request: a web page made it, its host is not allowed, or the token is missing. */
  | 'DAEMON_REFUSED'

/** Every failure `@p2pd/daemon` can raise. Branch on `code`, never on `message`. */
export class DaemonError extends Error {
  override readonly name = 'DaemonError'
  readonly code: DaemonErrorCode

  constructor(code: DaemonErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
