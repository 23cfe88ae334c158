import { NodeError } from '@p2pd/node'
import { TransferError } from '@p2pd/transfer'
import type { FastifyReply } from 'fastify'
import { STATUS_CODES } from 'node:http'
import { DaemonError } from '../daemon-error.ts'

/** A failure as JSON. RFC 9457 §3. */
export interface Problem {
  readonly type: 'about:blank'
  readonly title: string
  readonly status: number
  readonly detail: string
  /** The library's code, to branch on. */
  readonly code: string
  /** The attempts of a call that found no path. */
  readonly report?: readonly unknown[]
}

/** The HTTP statuses of codes; what is not listed is the peer's or the network's doing. RFC 9110 §15. */
const STATUSES: Readonly<Record<string, number>> = {
  DAEMON_NO_PIPE: 404,
  DAEMON_NO_CALLER: 404,
  DAEMON_NO_CLIENT: 404,
  DAEMON_NO_SERVICE: 404,
  DAEMON_NO_FORWARD: 404,
  DAEMON_NO_PAIRING: 404,
  DAEMON_NO_STREAM: 404,
  DAEMON_NO_TRANSFER: 404,
  DAEMON_DECIDED: 409,
  DAEMON_KEY_REUSED: 422,
  DAEMON_LISTEN: 409,
  DAEMON_OWNER_ONLY: 403,
  DAEMON_NAME_TAKEN: 409,
  DAEMON_IN_USE: 409,
  DAEMON_BUSY: 503,
  DAEMON_PIPE_LOST: 502,
  NODE_BAD_ADDRESS: 400,
  NODE_BAD_CODE: 400,
  NODE_BAD_CONTACT: 400,
  NODE_BAD_ID: 400,
  NODE_BAD_OPTION: 400,
  NODE_BAD_TARGET: 400,
  NODE_UNKNOWN_NAME: 404,
  NODE_BUSY: 503,
  NODE_CLOSED: 503,
  NODE_CODE_OVER: 410,
  NODE_CODE_TAKEN: 409,
  NODE_CODE_WRONG: 403,
  NODE_NO_BROKER: 503,
  NODE_SERVICE: 403,
  TRANSFER_INVALID_ARGUMENT: 400,
  TRANSFER_REFUSED: 403,
  TRANSFER_BUSY: 409,
  TRANSFER_CANCELLED: 409,
  TRANSFER_NO_SPACE: 507,
  TRANSFER_DISK_FULL: 507,
  NODE_TIMEOUT: 504,
  NODE_NO_ANSWER: 504,
}

/** Says a failure as a problem. */
export function problemOf(error: unknown): Problem {
  const { message, statusCode, code } = error as Error & { statusCode?: number; code?: string }
  const usual =
    error instanceof DaemonError || error instanceof URIError
      ? 400
      : error instanceof NodeError || error instanceof TransferError
        ? 502
        : 500
  const status = STATUSES[code ?? ''] ?? statusCode ?? usual
  // An unforeseen error may name files and addresses: the log has it.
  const detail = status === 500 ? 'the daemon failed: its log has the reason' : message
  const report = error instanceof NodeError && error.report.length > 0 ? error.report : undefined
  const title = STATUS_CODES[status] ?? 'Error'
  return {
    type: 'about:blank',
    title,
    status,
    detail,
    code: libraryCode(code, status),
    ...(report && { report }),
  }
}

/** Answers with a problem. RFC 9457 §3. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply.code(problem.status).type('application/problem+json').serializer(JSON.stringify).send(problem)
}

/** The framework has codes of its own, for requests that it does not understand. */
function libraryCode(code: string | undefined, status: number): string {
  const isOwn = code !== undefined && /^(?:DAEMON|NODE|TRANSFER)_/.test(code)
  if (isOwn) return code
  return status < 500 ? 'DAEMON_BAD_REQUEST' : 'DAEMON_FAILED'
}
