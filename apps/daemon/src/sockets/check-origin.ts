import type { IncomingMessage } from 'node:http'
import type { DaemonContext } from '../daemon-context.ts'
import { DaemonError } from '../daemon-error.ts'
import { refusalOf } from '../guard/guard.ts'
import { requestOrigin } from '../guard/request-origin.ts'

/** Throws `DAEMON_REFUSED` for a request to upgrade that the guard refuses. */
export function checkOrigin(request: IncomingMessage, way: string, context: DaemonContext): void {
  const { guard, log } = context
  if (context.trusts(request.socket)) return
  const refusal = refusalOf(requestOrigin(request.headers), guard)
  if (refusal === undefined) return
  log('refused', { way, ...refusal })
  throw Object.assign(new DaemonError('DAEMON_REFUSED', refusal.reason), { statusCode: refusal.status })
}
