import { NodeError } from '@p2pd/node'
import { DaemonError } from '../daemon-error.ts'

/** The error numbers of P2PD. */
export const P2pdError = {
  None: 0,
  /** No such path, or a request that makes no sense. */
  NotFound: 1,
  NameTaken: 2,
  ConnectFailed: 3,
  NoConnection: 4,
  Timeout: 5,
  Empty: 6,
} as const

/** The body of a failure, and its HTTP status: P2PD answers 200 to whatever a client may see in normal use. */
export interface Failure {
  readonly status: number
  readonly body: {
    readonly error: number
    readonly msg: string
    readonly code?: string
    readonly report?: unknown
  }
}

/** Says a failure as P2PD does. */
export function failureOf(error: unknown): Failure {
  const { message } = error as Error
  if (error instanceof NodeError) {
    const { code, report } = error
    return { status: 200, body: { error: P2pdError.ConnectFailed, msg: message, code, report } }
  }
  if (!(error instanceof DaemonError)) return failure(500, P2pdError.NotFound, message)
  switch (error.code) {
    case 'DAEMON_NAME_TAKEN':
      return failure(200, P2pdError.NameTaken, message)
    case 'DAEMON_NO_PIPE':
    case 'DAEMON_NO_STREAM':
      return failure(200, P2pdError.NoConnection, message)
    case 'DAEMON_IN_USE':
      return failure(409, P2pdError.NotFound, message)
    case 'DAEMON_BUSY':
      return failure(503, P2pdError.NotFound, message)
    default:
      return failure(400, P2pdError.NotFound, message)
  }
}

function failure(status: number, error: number, msg: string): Failure {
  return { status, body: { error, msg } }
}
