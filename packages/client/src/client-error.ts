import type { Problem } from './generated/api.ts'

/** Why a request of a client failed. */
export type ClientErrorCode =
  /** No daemon answers at the URL or the socket. */
  | 'CLIENT_UNREACHABLE'
  /** The daemon refused the request or could not do it; `problem` says why. */
  | 'CLIENT_PROBLEM'
  /** The answer is not one of this API: another program listens there. */
  | 'CLIENT_MALFORMED'
  /** The caller's signal aborted the request. */
  | 'CLIENT_ABORTED'

/** Every failure `@p2pd/client` can raise. Branch on `code`, and on `problem.code` for the daemon's reason. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly code: ClientErrorCode
  /** The daemon's own account, with the library's code. RFC 9457 §3. */
  readonly problem: Problem | undefined

  constructor(code: ClientErrorCode, message: string, options: ErrorOptions & { problem?: Problem } = {}) {
    super(message, options)
    this.code = code
    this.problem = options.problem
  }
}
