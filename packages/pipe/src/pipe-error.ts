import { NetifError, type NetifErrorCode } from '@p2pd/netif'

/** The codes of `NetifError`, with the prefix of this package. */
export type FromNetif = NetifErrorCode extends `NETIF_${infer Reason}` ? `PIPE_${Reason}` : never

/** Why an operation on a pipe failed: the codes of `@p2pd/netif` under the name of this package, and its own. */
export type PipeErrorCode =
  | FromNetif
  /** A callback threw, or its promise was rejected; `cause` is what it threw. */
  | 'PIPE_CALLBACK'
  /** `recv` was not to wait, and nothing was there. */
  | 'PIPE_EMPTY'
  /** Source and destination are of two address families. */
  | 'PIPE_FAMILY_MISMATCH'
  /** Nobody acknowledged a datagram in time. */
  | 'PIPE_GAVE_UP'
  /** A datagram that this package did not write. */
  | 'PIPE_MALFORMED'
  /** The other view (messages or stream) has been chosen. */
  | 'PIPE_IN_USE'
  /** The queue is full of messages that the waiting `recv` does not want. */
  | 'PIPE_QUEUE_FULL'
  /** The stream of the pipe could not be opened; `cause` is why. */
  | 'PIPE_NOT_OPENED'
  /** TLS failed: a certificate, a version or a record that one side does not accept. */
  | 'PIPE_TLS'
  /** A message has more bytes than a datagram carries. */
  | 'PIPE_TOO_LARGE'
  /** The pipe, or the ports that it was made with, cannot do this. */
  | 'PIPE_UNSUPPORTED'

/** Every failure `@p2pd/pipe` can raise. Branch on `code`, never on `message`. */
export class PipeError extends Error {
  override readonly name = 'PipeError'
  readonly code: PipeErrorCode

  constructor(code: PipeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The codes of Node's streams when an established connection fails; netif translates those of dialling. */
const STREAM_CODES: Readonly<Record<string, PipeErrorCode>> = {
  // A RST, or writing after it.
  ECONNRESET: 'PIPE_RESET',
  ECONNABORTED: 'PIPE_RESET',
  EPIPE: 'PIPE_RESET',
  // Data unacknowledged for minutes, keep-alives lost: RFC 9293 §3.8.3.
  ETIMEDOUT: 'PIPE_TIMEOUT',
  EHOSTUNREACH: 'PIPE_UNREACHABLE',
  ENETUNREACH: 'PIPE_UNREACHABLE',
  // A session (`@p2pd/session`): the peer closed it, aborted it or the stream, does not know it, or did not come back.
  SESSION_ABORTED: 'PIPE_RESET',
  SESSION_CLOSED: 'PIPE_RESET',
  SESSION_RESET: 'PIPE_RESET',
  SESSION_UNKNOWN: 'PIPE_RESET',
  SESSION_LOST: 'PIPE_TIMEOUT',
}

/** Turns whatever was thrown into this package's error; `doing` says what was tried. */
export function toPipeError(error: unknown, doing: string): PipeError {
  if (error instanceof PipeError) return error
  if (error instanceof NetifError) {
    return new PipeError(error.code.replace('NETIF_', 'PIPE_') as FromNetif, error.message, { cause: error })
  }
  const { code = '', message = String(error) } = error as { code?: string; message?: string }
  const tls = /^ERR_(SSL|TLS|OSSL)/.test(code) ? 'PIPE_TLS' : 'PIPE_SYSTEM'
  return new PipeError(STREAM_CODES[code] ?? tls, `cannot ${doing}: ${message}`, { cause: error })
}

/** Runs a check of `@p2pd/netif`, and throws what it throws as this package's error. */
export function checked(check: () => void): void {
  try {
    check()
  } catch (error) {
    throw toPipeError(error, 'check the arguments')
  }
}

/** Whether an error tells no more than that a pipe has ended. */
export function isClose(error: unknown): boolean {
  return error instanceof PipeError && (error.code === 'PIPE_CLOSED' || error.code === 'PIPE_RESET')
}
