import { NetifError } from '@p2pd/netif'
import { Unanswered } from '../mqtt/mqtt-fault.ts'

/** The codes of Node, in words for users. */
const EXPLANATIONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EADDRNOTAVAIL: 'this host has no free port, or no address of the family, to dial from',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'host name not resolved: the name server does not answer',
  ETIMEDOUT: 'no answer',
}

/** Codes of a broker that has ended the connection while packets were on their way to it. */
const ENDED_MEANWHILE: readonly unknown[] = ['ECONNRESET', 'EPIPE', 'ECONNABORTED']

/** One line that says what went wrong. */
export function explain(error: Error): Error {
  const code = codeOf(error)
  const words = typeof code === 'string' ? EXPLANATIONS[code] : undefined
  return new Error(words ?? error.message, { cause: error })
}

/**
 * The error of a connection that ended before the broker answered CONNECT. Packets that were sent along with it make the end a
 * reset: the system discards what the broker left unread. RFC 9293 §3.10.4.
 */
export function explainUnanswered(error: Error | undefined, hasSentMore: boolean): Error {
  if (error !== undefined && !(hasSentMore && ENDED_MEANWHILE.includes(codeOf(error)))) return explain(error)
  return new Unanswered('closed by the broker before it answered', { cause: error })
}

/** The code of the operating system where an error of `@p2pd/netif` has one beneath. */
function codeOf(error: object): unknown {
  const { cause, code } = error as { cause?: unknown; code?: unknown }
  return error instanceof NetifError && typeof cause === 'object' && cause !== null ? codeOf(cause) : code
}
